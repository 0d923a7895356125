// What the list of certificates is narrowed by. It stands in the address, so that a list can be
// sent to a colleague and the browser's back button keeps it.
import { useEffect, useState } from "preact/hooks";
import { api, ok, type Schemas } from "../api/client.ts";
import { useQuery } from "../query.ts";
import { isAdmin } from "../session.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { DateFilter } from "./date-filter.tsx";

export interface Narrowing {
  search?: string;
  property_id?: string;
  type?: Schemas["ConsentType"];
  status?: Schemas["Standing"];
  from?: string;
  to?: string;
  [name: string]: string;
}

const names = ["search", "property_id", "type", "status", "from", "to"];
/** Typing stops for so long before the list is asked for. */
const pause = 300;

export function narrowingOf(query: Record<string, string>): Narrowing {
  const given = Object.entries(query).filter(([name, value]) => names.includes(name) && value);
  return Object.fromEntries(given);
}

interface FiltersProps {
  narrowing: Narrowing;
  change: (next: Narrowing) => void;
}

export function Filters({ narrowing, change }: FiltersProps) {
  const [search, setSearch] = useState(narrowing.search ?? "");
  const set = (next: Record<string, string>) => change(narrowingOf({ ...narrowing, ...next }));
  useEffect(() => {
    if (search.trim() === (narrowing.search ?? "")) {
      return;
    }
    const timer = setTimeout(() => set({ search: search.trim() }), pause);
    return () => clearTimeout(timer);
  }, [search]);
  return (
    <search class="filters">
      <div class="grow">
        <TextField
          label="Search"
          type="search"
          placeholder="Id, session, domain, state, or words of the consent"
          value={search}
          onInput={setSearch}
        />
      </div>
      {isAdmin.value && <PropertyFilter narrowing={narrowing} set={set} />}
      <SelectField
        label="Consent"
        value={narrowing.type ?? ""}
        onInput={(type) => set({ type })}
        options={[
          ["", "Any"],
          ["main-implied", "Main, implied"],
          ["main-explicit", "Main, explicit"],
          ["secondary-implied", "Secondary, implied"],
          ["secondary-explicit", "Secondary, explicit"],
        ]}
      />
      <SelectField
        label="Status"
        value={narrowing.status ?? ""}
        onInput={(status) => set({ status })}
        options={[
          ["", "Any"],
          ["active", "Active"],
          ["claimed", "Claimed"],
          ["revoked", "Revoked"],
          ["expired", "Expired"],
        ]}
      />
      <DateFilter
        from={narrowing.from ?? ""}
        to={narrowing.to ?? ""}
        change={(days) => set({ ...days })}
      />
    </search>
  );
}

interface PropertyFilterProps {
  narrowing: Narrowing;
  set: (next: Record<string, string>) => void;
}

function PropertyFilter({ narrowing, set }: PropertyFilterProps) {
  const { data = [] } = useQuery("properties", () => ok(api.GET("/api/properties")));
  return (
    <SelectField
      label="Property"
      value={narrowing.property_id ?? ""}
      onInput={(property_id) => set({ property_id })}
      options={[["", "All"] as const, ...data.map(({ id, name }) => [id, name] as const)]}
    />
  );
}
