/** A table of Markdown, in lines: what stands in its head, and its rows. */
export const tableLines = (header, rows) =>
  [header, header.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`);
