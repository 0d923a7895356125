// The dashboard: one page that reads the path. Each page's code comes when it is opened.
import { render } from "preact";
import { App } from "./dashboard/app.tsx";

const place = document.querySelector("#app");
if (place) {
  render(<App />, place);
}
