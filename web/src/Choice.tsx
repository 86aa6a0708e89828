import type { ReactNode } from "react";

interface Props {
  name: string;
  label: string;
  value: string;
  disabled?: boolean;
  onChoose: (value: string) => void;
  children: ReactNode;
}

/** One labelled list of the bar. */
export function Choice({ name, label, value, disabled = false, onChoose, children }: Props) {
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      <select id={name} name={name} value={value} disabled={disabled} onChange={(event) => onChoose(event.target.value)}>
        {children}
      </select>
    </div>
  );
}
