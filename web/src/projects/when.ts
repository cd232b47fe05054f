// when shows a time as people read it in a table.
export const when = (t?: Date) => (t ? t.toLocaleString(undefined, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" }) : "-");
