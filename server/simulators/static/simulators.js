// Renews the parts of a page that are marked live, about every second while the page is seen.
// A part is replaced only when the server sends another text for it, so that a typed PIN stays.
(() => {
  const known = new Map();
  const parts = () => document.querySelectorAll("[data-live][id]");
  if (!parts().length) return;
  // After a refused form the address is the form's; the page that it belongs to is named in the page.
  const address = document.querySelector("[data-url]")?.dataset.url ?? location.href;

  const toBottom = () => document.querySelectorAll("[data-bottom]").forEach((part) => { part.scrollTop = part.scrollHeight; });
  const renew = async () => {
    if (document.hidden) return;
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts()) {
      const next = fresh.getElementById(part.id);
      if (!next) continue;
      const text = next.innerHTML;
      const before = known.get(part.id);
      known.set(part.id, text);
      if (before === undefined || before === text) continue;
      part.innerHTML = text;
      if (part.hasAttribute("data-bottom")) part.scrollTop = part.scrollHeight;
      part.querySelector("[autofocus]")?.focus();
    }
  };
  const loop = async () => {
    // The server may be away for a moment; the page then simply stays as it is.
    try { await renew(); } catch { /* tried again in a second */ }
    setTimeout(loop, 1000);
  };
  // What the server sent with the page is where comparing begins.
  for (const part of parts()) known.set(part.id, part.innerHTML);
  toBottom();
  setTimeout(loop, 1000);
})();
