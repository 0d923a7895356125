// Bars that stand (many, in the order of time) or lie (few, with long names); the numbers are
// there as a list too, for those who don't see the picture.

interface Bar {
  name: string;
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

const height = 160;
const width = 720;

function Standing({ bars, top }: { bars: Bar[]; top: number }) {
  const step = width / bars.length;
  return (
    <svg class="chart" viewBox={`0 -14 ${width} ${height + 34}`} aria-hidden="true">
      <line class="grid" x1="0" x2={width} y1="0" y2="0" />
      <line class="grid" x1="0" x2={width} y1={height} y2={height} />
      <text x="0" y="-4">
        {top}
      </text>
      {bars.map(({ name, value }, at) => {
        const tall = (value / top) * height;
        return (
          <g key={name}>
            <rect
              class="bar"
              x={at * step + 2}
              y={height - tall}
              width={step - 4}
              height={tall}
              rx="2"
            >
              <title>{`${name}: ${value}`}</title>
            </rect>
            {at % 7 === 0 && (
              <text x={at * step + 2} y={height + 16}>
                {name.slice(5)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}

function Lying({ bars, top }: { bars: Bar[]; top: number }) {
  return (
    <div class="lying" aria-hidden="true">
      {bars.map(({ name, value, colour }) => (
        <div key={name}>
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
