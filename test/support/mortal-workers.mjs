/**
 * For `node --import`: SIGUSR2 makes every worker fail, by a fault in its own code. (Ended from outside, it may be in the midst of native code,
 * which then takes the whole program with it.)
 */
import { BroadcastChannel, isMainThread } from "node:worker_threads";

const channel = new BroadcastChannel("mortal workers");
if (isMainThread) process.on("SIGUSR2", () => channel.postMessage("die"));
else
  channel.addEventListener("message", () => {
    throw new Error("a fault of its own");
  });
channel.unref();
