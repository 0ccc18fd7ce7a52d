/**
 * Compare: the loss curves of local runs while they train, and reports of `unmask compare`.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Comparison } from "../../src/report/comparison/comparison.ts";
import { seriesOf } from "../../src/report/comparison/series.ts";
import { choice, flag, list, text, useAddress } from "../address.ts";
import { Chart } from "../compare/chart.tsx";
import type { ChartLine } from "../compare/chart.tsx";
import { curvesOf } from "../compare/curves.ts";
import { reportOf } from "../compare/local-runs.ts";
import type { Run } from "../compare/local-runs.ts";
import { parseReport, readReport } from "../compare/read-report.ts";
import { ReportView } from "../compare/report-view.tsx";
import { RunList } from "../compare/run-list.tsx";
import type { ListedRun } from "../compare/run-list.tsx";
import { useRuns } from "../compare/use-runs.ts";
import type { LocalRuns } from "../compare/use-runs.ts";
import { Choice, Switch } from "../parts/fields.tsx";
import { FileButton } from "../parts/file-button.tsx";
import { KeyForm } from "../parts/key-form.tsx";
import { Trouble } from "../parts/trouble.tsx";
import { useTask } from "../parts/use-task.ts";

/** How much of the mean so far stays in the next. */
const memories = { none: 0, some: 0.9, much: 0.98 } as const;
type Smoothing = keyof typeof memories;

const fields = {
  /** Runs that are drawn; none: the latest. */
  runs: list({ id: text("") }),
  smooth: choice(Object.keys(memories) as Smoothing[], "some"),
  log: flag(false),
  report: text(""),
};

/** Runs that are drawn as long as nobody chooses. */
const mostDrawn = 6;

/** The room. */
export function CompareRoom(): JSX.Element {
  const [settings, change] = useAddress("compare", fields);
  const chosen = new Set(settings.runs.map(({ id }) => id));
  const isDrawn = (run: Run, all: readonly Run[]): boolean =>
    chosen.size > 0 ? chosen.has(run.id) : latest(all).includes(run);
  const local = useRuns(isDrawn);
  const { runs = [], reports, metrics, trouble, isLocked, look } = local;
  const listed = useMemo(
    () =>
      runs.map((run): ListedRun => {
        const lines = isDrawn(run, runs) ? metrics.get(run.id) : undefined;
        const curves = lines && curvesOf(lines, memories[settings.smooth]);
        return { run, isDrawn: isDrawn(run, runs), curves };
      }),
    [runs, metrics, settings],
  );
  const draw = (run: Run, isIn: boolean): void => {
    const before = runs.filter((one) => isDrawn(one, runs) && one.id !== run.id);
    change({ runs: [...before, ...(isIn ? [run] : [])].map(({ id }) => ({ id })) });
    look();
  };

  return (
    <>
      <h1>Compare</h1>
      <p class="lead">
        Loss curves of the server's runs, while they train, and what <code>unmask compare</code> has
        measured: likelihood, quality against speed, and tasks, each with its error.
      </p>
      {isLocked && <KeyForm onKey={look} />}
      <section class="panel" aria-labelledby="runs">
        <h2 id="runs">Runs</h2>
        {listed.length === 0 ? (
          <p class="aside">{emptyWords(local)}</p>
        ) : (
          <>
            <div class="row level">
              <Switch
                label="Smooth the training loss"
                value={settings.smooth}
                choices={Object.keys(memories).map((name) => ({ value: name as Smoothing, name }))}
                onChange={(smooth) => change({ smooth })}
              />
              <label class="check">
                <input
                  type="checkbox"
                  checked={settings.log}
                  onChange={(event) => change({ log: event.currentTarget.checked })}
                />
                Logarithmic axes
              </label>
            </div>
            <Losses runs={listed} isLog={settings.log} />
            <RunList runs={listed} onDraw={draw} />
          </>
        )}
        {!isLocked && runs.length > 0 && <Trouble message={trouble} />}
      </section>
      <Reports
        reports={reports.map(({ id }) => id)}
        asked={settings.report}
        onAsk={(report) => change({ report })}
      />
    </>
  );
}

/** The runs that wrote last. */
const latest = (runs: readonly Run[]): readonly Run[] =>
  runs.toSorted((a, b) => b.updated - a.updated).slice(0, mostDrawn);

function emptyWords({ runs, trouble }: LocalRuns): string {
  if (trouble !== undefined)
    return "There is no server behind this page: a report can be opened below.";
  return runs === undefined
    ? "Looking …"
    : "No runs here. Start the server with --runs and the folder in which models train.";
}

/** The curves of all runs that are drawn. */
function Losses({
  runs,
  isLog,
}: {
  readonly runs: readonly ListedRun[];
  readonly isLog: boolean;
}): JSX.Element {
  const lines = useMemo(
    () =>
      runs.flatMap(({ run: { id }, curves }, i): ChartLine[] => {
        if (curves === undefined) return [];
        const look = seriesOf(i);
        return [
          { name: id, look, points: curves.training, isMarked: false },
          { name: `${id}, validation`, look, points: curves.validation, isMarked: true },
        ];
      }),
    [runs],
  );
  const names = runs.filter(({ isDrawn }) => isDrawn).map(({ run }) => run.id);
  return (
    <figure>
      <figcaption>
        Nats per token. Thin: training; with marks: validation, of diffusion models an upper bound.
      </figcaption>
      <Chart
        label={`Loss curves of ${names.join(", ")}; the last values are in the table below.`}
        lines={lines}
        xTitle="step"
        height={300}
        isLog={{ x: isLog, y: isLog }}
      />
    </figure>
  );
}

/** The report that is shown, out of the server's folder or from a file. */
function Reports({
  reports,
  asked,
  onAsk,
}: {
  readonly reports: readonly string[];
  readonly asked: string;
  onAsk(report: string): void;
}): JSX.Element {
  const [shown, show] = useState<{ readonly name: string; readonly comparison: Comparison }>();
  const [isOver, setOver] = useState(false);
  const task = useTask();
  const wanted = reports.includes(asked) ? asked : "";

  useEffect(() => {
    if (wanted === "") return;
    task.run(async (signal) => {
      const comparison = readReport(await reportOf(wanted, signal), wanted);
      show({ name: wanted, comparison });
    });
  }, [wanted]);
  const open = (file: File | undefined): void => {
    if (file === undefined) return;
    task.run(async () => {
      const comparison = parseReport(await file.text(), file.name);
      show({ name: file.name, comparison });
      // The address can't hold a file.
      onAsk("");
    });
  };

  return (
    <section
      class={isOver ? "reports over" : "reports"}
      aria-labelledby="report"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        open(event.dataTransfer?.files[0]);
      }}
    >
      <div class="panel">
        <h2 id="report">Report</h2>
        <div class="row level">
          {reports.length > 0 && (
            <Choice
              label="Reports of the server"
              value={wanted}
              choices={[
                { value: "", name: "choose one" },
                ...reports.map((name) => ({ value: name, name })),
              ]}
              onChange={onAsk}
            />
          )}
          <FileButton
            label="Open a report.json"
            accept="application/json,.json"
            onOpen={([file]) => open(file)}
          />
          <p class="aside">
            {shown ? `${shown.name} is shown.` : "Or drop the file here. It stays in this tab."}
          </p>
        </div>
        <Trouble message={task.trouble} />
      </div>
      {shown && <ReportView comparison={shown.comparison} />}
    </section>
  );
}
