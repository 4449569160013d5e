"use strict";
// The page reads whole without this: it only sorts, filters and folds what stands there.
(() => {
  const told = document.querySelector("main").dataset;
  const language = document.documentElement.lang;
  const make = (tag, looks, text) => Object.assign(document.createElement(tag), {className: looks, textContent: text});
  const rowsOf = body => [...body.rows].filter(row => !row.classList.contains("group"));
  const isTotal = row => row.cells[0].classList.contains("total");

  const compare = (place, sign) => (one, other) => {
    if (isTotal(one) !== isTotal(other)) return isTotal(one) ? 1 : -1;
    const [a, b] = [one.cells[place], other.cells[place]];
    const [x, y] = [a.dataset.v, b.dataset.v];
    if (x !== undefined && y !== undefined) return sign * (Number(x) - Number(y));
    if (x !== y && (x === undefined || y === undefined) && a.classList.contains("n")) return x === undefined ? 1 : -1;
    return sign * a.textContent.localeCompare(b.textContent, language, {numeric: true});
  };

  const sortable = table => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, place) => {
      const button = make("button", "sort", head.textContent);
      button.type = "button";
      button.title = told.sort;
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach(each => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        for (const body of table.tBodies) body.append(...rowsOf(body).sort(compare(place, up ? 1 : -1)));
      });
      head.replaceChildren(button);
    });
  };

  const filterable = (table, rows, place) => {
    const field = make("input", "filter", "");
    field.type = "search";
    field.name = `filter${place}`;
    field.placeholder = told.filter;
    field.setAttribute("aria-label", `${told.filter}: ${table.caption.textContent}`);
    const left = make("output", "legend", "");
    field.addEventListener("input", () => {
      const wanted = field.value.toLocaleLowerCase(language);
      const found = rows.filter(row => {
        const fits = row.textContent.toLocaleLowerCase(language).includes(wanted);
        row.classList.toggle("out", !fits);
        return fits;
      });
      left.textContent = wanted ? told.left.replace("{shown}", found.length).replace("{all}", rows.length) : "";
    });
    const tools = make("div", "tools", "");
    tools.append(field, left);
    table.closest(".scroll").before(tools);
  };

  const foldable = heading => {
    const section = heading.parentElement;
    const button = make("button", "fold", heading.textContent);
    button.type = "button";
    const set = open => {
      section.classList.toggle("folded", !open);
      button.setAttribute("aria-expanded", String(open));
    };
    set(true);
    button.addEventListener("click", () => set(section.classList.contains("folded")));
    addEventListener("hashchange", () => location.hash === `#${heading.id}` && set(true));
    heading.replaceChildren(button);
  };

  document.querySelectorAll("table").forEach((table, place) => {
    const rows = [...table.tBodies].flatMap(rowsOf);
    if ([...table.tBodies].some(body => rowsOf(body).length > 2)) sortable(table);
    if (rows.length > 11) filterable(table, rows, place);
  });
  document.querySelectorAll("nav ~ section > h2").forEach(foldable);
})();
