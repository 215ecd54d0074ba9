// The part of ECharts that our charts use, as the global `echarts` that the `charming` bindings look for.
// Add a chart type or a component here before a page asks for it: what is not named is not loaded, and every
// kilobyte counts against the budget that script/sizes prints.
import { dispose, getInstanceByDom, init, use } from "echarts/core";
import { BarChart, GaugeChart, LineChart, PieChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, GaugeChart, LineChart, PieChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

export { dispose, getInstanceByDom, init };
