// Runs before anything is painted, so that a chosen theme never flashes up as the other one.
// Without a choice the system's preference holds. A classic script: nothing is exported.
{
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem("econsent_theme");
  } catch {
    // Storage is switched off: the system's preference holds.
  }
  if (chosen === "light" || chosen === "dark") {
    document.documentElement.dataset.theme = chosen;
  }
}
