/* What pages do beyond HTML: charts, theme, palette, filters that apply at once. Everything works without it as tables. */
(() => {
  const root = document.documentElement;

  /* Charts: the value stands in a data block; colours written var(--name) are filled in from the theme. */
  const filled = (value, style) => {
    if (typeof value === "string") {
      return value.replace(/^var\((--[\w-]+)\)$/, (_, name) => style.getPropertyValue(name).trim());
    }
    if (Array.isArray(value)) return value.map((one) => filled(one, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, style)]));
    }
    return value;
  };

  const draw = async (place) => {
    const written = place.dataset.spec || place.querySelector("script").textContent;
    place.dataset.spec = written;
    const spec = filled(JSON.parse(written), getComputedStyle(root));
    const options = { actions: false, ast: true, renderer: "svg", defaultStyle: false, tooltip };
    const drawn = document.createElement("div");
    await vegaEmbed(drawn, { ...spec, width: Math.max(240, place.clientWidth) }, options);
    const view = place.querySelector(".pb-view");
    drawn.classList.add("pb-view");
    view ? view.replaceWith(drawn) : place.append(drawn);
    place.classList.add("pb-drawn");
  };

  const drawAll = (within) => {
    for (const place of within.querySelectorAll("[data-pb=chart]")) draw(place);
  };

  /* Tooltips are plain elements of the page, so that no style is injected. */
  const tip = document.createElement("div");
  tip.className = "pb-tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  const tooltip = (_handler, event, _item, value) => {
    tip.hidden = !value;
    if (!value) return;
    tip.replaceChildren(...Object.entries(value).map(([name, said]) => {
      const line = document.createElement("div");
      line.textContent = name === "Exactly" ? said : `${said}`;
      line.className = name === "Exactly" ? "pb-tip-exact" : "";
      return line;
    }));
    const room = root.clientWidth - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 12, room))}px`;
    tip.style.top = `${event.clientY + 16}px`;
  };

  let width = 0;
  const resized = () => {
    if (Math.abs(width - innerWidth) > 8) {
      width = innerWidth;
      drawAll(document);
    }
  };

  /* Theme: follows the system until somebody chooses. */
  const named = () => {
    const button = document.querySelector("[data-pb=theme]");
    button.textContent = root.dataset.bsTheme === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Change to the ${button.textContent.toLowerCase()} theme`);
  };
  const themed = (theme, keep) => {
    root.dataset.bsTheme = theme;
    if (keep) localStorage.setItem("payback-theme", theme);
    named();
    drawAll(document);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
    if (!localStorage.getItem("payback-theme")) themed(event.matches ? "dark" : "light", false);
  });

  /* Palette: Ctrl-K or Cmd-K lists the pages. */
  const palette = document.getElementById("palette");
  const field = palette.querySelector("input");
  const list = palette.querySelector("ul");
  let chosen = 0;
  const listed = () => {
    const wanted = field.value.trim().toLowerCase();
    const links = [...document.querySelectorAll("#menu a")].filter((a) => a.textContent.toLowerCase().includes(wanted));
    chosen = Math.max(0, Math.min(chosen, links.length - 1));
    list.replaceChildren(...links.map((link, index) => {
      const item = document.createElement("li");
      item.id = `palette-${index}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", index === chosen);
      item.textContent = link.textContent;
      item.addEventListener("click", () => location.assign(link.href));
      return item;
    }));
    field.setAttribute("aria-activedescendant", links.length ? `palette-${chosen}` : "");
  };
  const opened = () => {
    field.value = "";
    chosen = 0;
    listed();
    palette.showModal();
    field.focus();
  };
  field.addEventListener("input", listed);
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      chosen += step;
      listed();
      event.preventDefault();
    }
    if (event.key === "Enter") list.children[chosen]?.click();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "k") {
      event.preventDefault();
      palette.open ? palette.close() : opened();
    }
    if (event.key === "Escape") for (const open of document.querySelectorAll("details.pb-drop[open]")) open.open = false;
  });
  palette.addEventListener("click", (event) => event.target === palette && palette.close());

  /* One open panel at a time; a click elsewhere closes it. */
  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.pb-drop[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
    const pressed = event.target.closest("[data-pb]");
    if (pressed?.dataset.pb === "theme") themed(root.dataset.bsTheme === "dark" ? "light" : "dark", true);
    if (pressed?.dataset.pb === "palette") opened();
    if (pressed?.dataset.pb === "copy") {
      navigator.clipboard.writeText(document.getElementById(pressed.dataset.from).textContent);
      pressed.textContent = "Copied";
    }
  });

  document.body.append(tip);
  for (const button of document.querySelectorAll("[data-pb=theme], [data-pb=palette]")) button.hidden = false;
  named();
  width = innerWidth;
  drawAll(document);
  addEventListener("resize", resized);
  document.addEventListener("htmx:after:swap", () => drawAll(document.getElementById("page")));
})();
