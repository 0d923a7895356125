// Bars that stand (many, in the order of time) or lie (few, with long names); the numbers are
// there as a list too, for those who don't see the picture.

interface Bar {
  name: string;
  /** Where names are not unique. */
  id?: string;
  value: number;
  colour?: "amber" | "red";
}

interface BarsProps {
  label: string;
  bars: Bar[];
  wide?: boolean;
  /** What a full bar means; the largest value if unsaid. */
  most?: number;
}

export function Bars({ label, bars, wide, most }: BarsProps) {
  const top = Math.max(1, most ?? 0, ...bars.map(({ value }) => value));
  return (
    <figure>
      {wide ? <Lying bars={bars} top={top} /> : <Standing bars={bars} top={top} />}
      <figcaption class="out-of-sight">
        {label}: {bars.map(({ name, value }) => `${name}: ${value}`).join(", ")}
      </figcaption>
    </figure>
  );
}

/** Of the picture, which is stretched to the width there is; what is written stands beside it. */
const height = 100;
const step = 10;

function Standing({ bars, top }: { bars: Bar[]; top: number }) {
  const width = bars.length * step;
  const marks = [bars.at(0), bars.at(bars.length >> 1), bars.at(-1)];
  return (
    <div class="standing" aria-hidden="true">
      <div class="chart-top">{top}</div>
      <svg
        class="chart"
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {bars.map(({ name, value }, at) => {
          const tall = (value / top) * height;
          return (
            <rect
              key={name}
              class="bar"
              x={at * step + 1}
              y={height - tall}
              width={step - 2}
              height={tall}
            >
              <title>{`${name}: ${value}`}</title>
            </rect>
          );
        })}
      </svg>
      <div class="chart-marks">
        {marks.map((bar) => bar && <span key={bar.name}>{bar.name}</span>)}
      </div>
    </div>
  );
}

function Lying({ bars, top }: { bars: Bar[]; top: number }) {
  return (
    <div class="lying" aria-hidden="true">
      {bars.map(({ id, name, value, colour }) => (
        <div key={id ?? name}>
          <div class="lying-name">
            <span class="outside">{name}</span>
            <span>{value}</span>
          </div>
          <svg class="chart thin" viewBox="0 0 100 2" preserveAspectRatio="none">
            <title>{`${name}: ${value}`}</title>
            <rect class="track" width="100" height="2" />
            <rect class={`bar ${colour ?? ""}`} width={(value / top) * 100} height="2" />
          </svg>
        </div>
      ))}
    </div>
  );
}
