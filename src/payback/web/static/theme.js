/* Before anything is drawn: the theme kept by this browser, else the system's. */
(() => {
  const kept = localStorage.getItem("payback-theme");
  const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
  document.documentElement.classList.add("pb-scripted");
})();
