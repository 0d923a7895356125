// The dashboard: one page that reads the path.
import { render } from "preact";
import { App, begin } from "./dashboard/app.tsx";

const place = document.querySelector("#app");
if (place) {
  begin();
  render(<App />, place);
}
