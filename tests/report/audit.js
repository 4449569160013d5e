// The serious rules of accessibility, as far as a page without forms can break them; returns what breaks one.
(() => {
  const found = [];
  const visible = node => node.getClientRects().length > 0 && getComputedStyle(node).visibility !== "hidden";
  const parse = colour => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = node => {
    for (let each = node; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return parse(getComputedStyle(document.body).backgroundColor);
  };
  const contrast = (one, other) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.textContent.trim() || !visible(holder) || holder.closest("script,.quiet,.skip")) continue;
    const style = getComputedStyle(holder);
    const drawn = holder.closest("svg") !== null;
    const colour = parse(drawn ? style.fill : style.color);
    const size = parseFloat(style.fontSize);
    const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
    const ratio = contrast(colour, behind(holder));
    if (ratio < least && !holder.closest(".heat")) found.push(`contrast ${ratio.toFixed(2)}: ${node.textContent.trim().slice(0, 40)}`);
  }
  if (!document.documentElement.lang) found.push("no language");
  if (!document.title) found.push("no title");
  if (document.querySelectorAll("main").length !== 1) found.push("not one main landmark");
  if (document.querySelectorAll("h1").length !== 1) found.push("not one first heading");
  let before = 0;
  for (const heading of document.querySelectorAll("h1,h2,h3,h4,h5,h6")) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) found.push(`heading skips a level: ${heading.textContent}`);
    if (!heading.textContent.trim()) found.push("empty heading");
    before = level;
  }
  for (const image of document.querySelectorAll("svg,[role=img]"))
    if (!image.closest("[aria-hidden=true]") && !image.getAttribute("aria-label")) found.push("image without words");
  for (const box of document.querySelectorAll("[role=region],section,nav,input,button,a,summary")) {
    const named = box.getAttribute("aria-label") || box.textContent.trim()
      || (box.getAttribute("aria-labelledby") || "").split(" ").some(id => document.getElementById(id));
    if (!named) found.push(`without a name: ${box.outerHTML.slice(0, 60)}`);
  }
  for (const reference of document.querySelectorAll("[aria-labelledby]"))
    for (const id of reference.getAttribute("aria-labelledby").split(" "))
      if (!document.getElementById(id)) found.push(`labelled by nothing: ${id}`);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption || !table.caption.textContent.trim()) found.push("table without a caption");
    for (const head of table.querySelectorAll("th")) if (!head.scope) found.push(`title without a scope: ${head.textContent}`);
    for (const head of table.querySelectorAll("thead th")) if (!head.textContent.trim()) found.push("empty title of a column");
  }
  const ids = [...document.querySelectorAll("[id]")].map(each => each.id);
  for (const id of new Set(ids)) if (ids.filter(each => each === id).length > 1) found.push(`id twice: ${id}`);
  for (const box of document.querySelectorAll(".scroll"))
    if (box.scrollWidth > box.clientWidth + 1 && box.tabIndex < 0) found.push("a box that scrolls is out of the keyboard's reach");
  return found;
})()
