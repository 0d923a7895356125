// The switch between light and dark. theme.ts reads the choice before the page is painted.
import { useState } from "preact/hooks";
import { Button } from "./ui/button.tsx";

function isDark(): boolean {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function ThemeSwitch() {
  const [dark, setDark] = useState(isDark);
  const change = () => {
    const theme = dark ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("econsent_theme", theme);
    } catch {
      // Storage is switched off: the choice holds until the page is left.
    }
    setDark(!dark);
  };
  return (
    <Button kind="quiet" compact icon={dark ? "sun" : "moon"} onClick={change}>
      {dark ? "Light" : "Dark"}
    </Button>
  );
}
