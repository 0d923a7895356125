// The few pictures of the dashboard, drawn on a grid of 16.
const shapes = {
  home: "M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z",
  certificate: "M3 1.5h7L13 4.5v10H3zM10 1.5v3h3M5.5 9l1.5 1.5L10.5 7",
  property: "M1.5 3h13v10h-13zM1.5 6h13M4 4.5h.01",
  share:
    "M6 8l4-3.5M6 8l4 3.5M4.5 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6M11.5 2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6M11.5 10.4a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6",
  optOut: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M3.7 3.7l8.6 8.6",
  bell: "M8 2a4 4 0 0 0-4 4v3l-1.5 2.5h11L12 9V6a4 4 0 0 0-4-4M6.5 13.8h3",
  chart: "M2 14h12M4 14V9M8 14V3M12 14V6.5",
  inbox: "M2 9.5h3.5L7 11.5h2l1.5-2H14M2 9.5 4 3h8l2 6.5V13H2z",
  rules: "M5.5 4H14M5.5 8H14M5.5 12H14M2 4h.01M2 8h.01M2 12h.01",
  people:
    "M6 7.5A2.5 2.5 0 1 0 6 2.5a2.5 2.5 0 0 0 0 5M1.5 13.5a4.5 4.5 0 0 1 9 0M10.5 2.8a2.4 2.4 0 0 1 0 4.5M12 9.7a4.2 4.2 0 0 1 2.5 3.8",
  key: "M5.5 7a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M8 8l6-6M11.5 4.5l2 2",
  webhook: "M8.5 1.5 3 9h4.5L7 14.5 13 7H8.5z",
  company: "M2.5 14.5v-12h7v12M9.5 6.5h4v8M1 14.5h14M5 5.5h2M5 8.5h2M5 11.5h2",
  check: "M3 8.5l3.2 3L13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  warning: "M8 2 1.5 13.5h13zM8 6.5v3.2M8 11.7h.01",
  info: "M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M8 7.3v3.7M8 5h.01",
  back: "M9.5 3.5 5 8l4.5 4.5",
  menu: "M2 4h12M2 8h12M2 12h12",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.2M8 13.8V15M1 8h1.2M13.8 8H15M3 3l.9.9M12.1 12.1l.9.9M3 13l.9-.9M12.1 3.9 13 3",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7",
  play: "M4.5 2.5v11l9-5.5z",
  plus: "M8 3v10M3 8h10",
  out: "M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6",
  download: "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}
