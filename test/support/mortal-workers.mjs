/**
 * For `node --import`: workers that start from here on are ended by SIGUSR2, as by a fault of their own.
 */
import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";

const alive = new Set();
threads.Worker = class extends threads.Worker {
  constructor(...given) {
    super(...given);
    alive.add(this);
    this.once("exit", () => alive.delete(this));
  }
};
syncBuiltinESMExports();
process.on("SIGUSR2", () => alive.forEach((worker) => void worker.terminate()));
