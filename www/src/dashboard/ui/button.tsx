// Buttons, and links that look like them. A busy button stays focusable and does nothing.
import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface ButtonProps {
  children: ComponentChildren;
  kind?: "primary" | "danger" | "quiet" | undefined;
  icon?: IconName;
  compact?: boolean;
  wide?: boolean;
  busy?: boolean;
  disabled?: boolean;
  /** Without it the button sends its form. */
  onClick?: () => unknown;
  /** Where the words of the button alone don't say what it acts on. */
  label?: string;
}

function classes(props: Pick<ButtonProps, "kind" | "compact" | "wide">): string {
  const { kind, compact, wide } = props;
  return ["button", kind, compact && "compact", wide && "wide"].filter(Boolean).join(" ");
}

export function Button(props: ButtonProps) {
  const { children, icon, busy, disabled, onClick, label } = props;
  return (
    <button
      type={onClick ? "button" : "submit"}
      class={classes(props)}
      aria-disabled={busy ? "true" : undefined}
      aria-label={label}
      disabled={disabled}
      onClick={busy ? (event) => event.preventDefault() : onClick && (() => void onClick())}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface LinkProps extends Pick<ButtonProps, "children" | "kind" | "icon" | "compact" | "label"> {
  href: string;
  download?: string;
  /** Opens beside the dashboard: a page of another kind. */
  beside?: boolean;
}

export function ButtonLink({ href, children, icon, label, download, beside, ...look }: LinkProps) {
  return (
    <a
      class={classes(look)}
      href={href}
      aria-label={label}
      download={download}
      target={beside ? "_blank" : undefined}
      rel={beside ? "noopener" : undefined}
    >
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}
