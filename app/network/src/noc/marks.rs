//! What the map shows: one mark per place, coloured by the worst that happens there. The one rule: a place says how many
//! subscribers hang on it, each counted once.

#[cfg(feature = "hydrate")]
use kit::tone::Tone;
use model::network::DeviceId;
use model::network::devices::{DeviceRow, DeviceState, LinkKind, LinkRow, Position};
use std::collections::BTreeMap;

/// One place on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// The device that stands for the place: the worst one, of these the topmost.
    pub device: DeviceId,
    pub name: String,
    pub position: Position,
    pub state: DeviceState,
    pub subscribers: i64,
}

/// One line on the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub from: Position,
    pub to: Position,
    pub kind: LinkKind,
    pub state: DeviceState,
}

/// What the map draws.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawing {
    pub marks: Vec<Mark>,
    pub lines: Vec<Line>,
}

/// Colour and shape of a state on the map.
#[cfg(feature = "hydrate")]
pub(crate) fn tone(state: DeviceState) -> Tone {
    crate::words::device_state(state).0
}

pub(crate) fn badness(state: DeviceState) -> u8 {
    match state {
        DeviceState::Down => 5,
        DeviceState::Unreachable => 4,
        DeviceState::Degraded => 3,
        DeviceState::Maintenance => 2,
        DeviceState::Unknown => 1,
        DeviceState::Up => 0,
    }
}

/// Gathers devices by site (or by device, where it stands alone) and links by their ends. What has no place is not drawn:
/// the table has it.
pub fn drawing(devices: &[DeviceRow], links: &[LinkRow]) -> Drawing {
    let mut places: BTreeMap<String, Vec<&DeviceRow>> = BTreeMap::new();
    for device in devices.iter().filter(|d| d.position.is_some()) {
        let place = device.site_id.map_or_else(|| device.id.to_string(), |site| site.to_string());
        places.entry(place).or_default().push(device);
    }
    let marks = places.values().filter_map(|here| mark(here)).collect();
    let position = |id: DeviceId| devices.iter().find(|d| d.id == id).and_then(|d| d.position);
    let lines = links
        .iter()
        .filter_map(|link| {
            let (from, to) = (position(link.from)?, position(link.to)?);
            (from != to).then_some(Line { from, to, kind: link.kind, state: link.state })
        })
        .collect();
    Drawing { marks, lines }
}

fn mark(here: &[&DeviceRow]) -> Option<Mark> {
    let is_top = |device: &DeviceRow| !here.iter().any(|other| Some(other.id) == device.parent_id);
    let worst = here.iter().max_by_key(|d| (badness(d.state), is_top(d), d.subscribers))?;
    let subscribers = here.iter().filter(|d| is_top(d)).map(|d| d.subscribers).sum();
    let name = worst.site.clone().unwrap_or_else(|| worst.name.clone());
    Some(Mark { device: worst.id, name, position: worst.position?, state: worst.state, subscribers })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::network::LinkId;
    use model::network::SiteId;
    use model::network::devices::DeviceKind;

    fn device(site: Option<SiteId>, parent: Option<DeviceId>, state: DeviceState, subscribers: i64) -> DeviceRow {
        DeviceRow {
            id: DeviceId::new(),
            name: "OLT".into(),
            kind: DeviceKind::Olt,
            state,
            since: "2026-03-01T06:00:00Z".parse().unwrap(),
            site_id: site,
            site: site.map(|_| "Kahawa West".into()),
            parent_id: parent,
            address: None,
            position: Some(Position { latitude: -1.18, longitude: 36.9 }),
            subscribers,
        }
    }

    #[test]
    fn a_site_is_one_mark_with_its_worst_state_and_counts_each_subscriber_once() {
        let site = Some(SiteId::new());
        let router = device(site, None, DeviceState::Up, 412);
        let olt = device(site, Some(router.id), DeviceState::Down, 300);
        let drawing = drawing(&[router, olt.clone()], &[]);
        assert_eq!(drawing.marks.len(), 1);
        let mark = &drawing.marks[0];
        assert_eq!((mark.state, mark.subscribers, mark.device), (DeviceState::Down, 412, olt.id));
        assert_eq!(mark.name, "Kahawa West");
    }

    #[test]
    fn a_link_inside_a_place_and_a_device_without_a_place_are_not_drawn() {
        let a = device(None, None, DeviceState::Up, 1);
        let mut b = device(None, None, DeviceState::Up, 1);
        let mut nowhere = device(None, None, DeviceState::Down, 1);
        nowhere.position = None;
        let link = |to| LinkRow { id: LinkId::new(), kind: LinkKind::Fibre, from: a.id, to, state: DeviceState::Up };
        let links = [link(b.id), link(nowhere.id)];
        assert!(drawing(&[a.clone(), b.clone(), nowhere.clone()], &links).lines.is_empty());
        b.position = Some(Position { latitude: -1.2, longitude: 36.8 });
        let drawn = drawing(&[a.clone(), b, nowhere], &links);
        assert_eq!((drawn.marks.len(), drawn.lines.len()), (2, 1));
    }
}
