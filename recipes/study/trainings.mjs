/**
 * Several trainings of the same models, each asked the same: a figure is the mean over trainings.
 *
 * Its error is that of the mean, from how far trainings lie apart, which the questions' own errors say nothing about; few may lie
 * close together by chance, so it is never less than what those errors leave of a mean. Trainings of 0.2 and 0.4, each
 * ± 0.03: 0.3 ± 0.1.
 */
import { meanAndError } from "../../dist/objective/mean.js";

/** One report of many, of the same models and tasks. */
export function acrossTrainings(reports) {
  const [first] = reports;
  if (reports.length === 1) return first;
  const seed = reports.map(({ settings }) => settings.seed).join(", ");
  const tasks = first.tasks.map((task) => {
    const resultsOf = (model) =>
      reports.flatMap(({ tasks: all }) =>
        all.find(({ name }) => name === task.name).results.filter((one) => one.model === model),
      );
    return { ...task, results: task.results.map(({ model }) => meanResult(resultsOf(model))) };
  });
  return { ...first, settings: { ...first.settings, seed }, tasks };
}

/** A model's results; where one has no figures there is no mean, and that one is told. */
function meanResult(results) {
  const without = results.find(({ outcome }) => outcome.kind !== "measured");
  if (without) return without;
  const [first] = results;
  const all = results.flatMap(({ outcome }) => outcome.measurements);
  const measurements = first.outcome.measurements.map(({ figure, at }) =>
    meanFigure(all.filter((one) => one.figure === figure && one.at === at)),
  );
  return { ...first, outcome: { ...first.outcome, measurements } };
}

function meanFigure(trainings) {
  const { each: _each, on: _on, ...figure } = trainings[0];
  const samples = trainings.reduce((sum, one) => sum + one.samples, 0);
  return { ...figure, ...meanOver(trainings), samples };
}

/** Values with errors, one of each training, as one. */
export function meanOver(trainings) {
  const { mean, standardError } = meanAndError(trainings.map(({ value }) => value));
  const ofQuestions = Math.hypot(...trainings.map(({ error }) => error)) / trainings.length;
  return { value: mean, error: Math.max(standardError, ofQuestions) };
}

/** What stands on the page beside figures of so many trainings; nothing for one. */
export const timesTrained = (count) =>
  count === 1
    ? []
    : [
        "",
        `Every model was trained ${count} times, with these seeds: values are means over trainings, and their errors those of the means.`,
      ];
