/**
 * Every ONNX Runtime provider that this machine can run in Node.
 *
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { cpuRuntime, webgpuRuntime } from "unmask/node";
import { input, program } from "unmask/tensor";
import type { Runtime } from "unmask/tensor";
import { UnmaskError } from "../../src/errors.ts";

export interface NodeRuntimes {
  readonly runtimes: readonly (readonly [name: string, runtime: Runtime])[];
  /** What the machine has and what it lacks, for a suite's title: nothing goes untested silently. */
  readonly found: string;
}

/** Call it before anything else opens the GPU: drivers are looked for once in a process. */
export async function nodeRuntimes(): Promise<NodeRuntimes> {
  const cpu = ["cpu", cpuRuntime()] as const;
  const adapter = chooseAdapter();
  try {
    const webgpu = webgpuRuntime();
    const probe = program({ name: "probe", outputs: { y: input("x", [1]) } });
    await (await webgpu.compile(probe)).dispose();
    return { runtimes: [cpu, ["webgpu", webgpu]], found: `cpu, webgpu on ${adapter}` };
  } catch (error) {
    if (!UnmaskError.is(error) || !error.message.startsWith("runtime webgpu")) throw error;
    console.warn(`webgpu is NOT tested on this machine: ${error.message}`);
    return { runtimes: [cpu], found: "cpu; NOT webgpu: no adapter, see the warning" };
  }
}

/** Points the Vulkan loader to a browser's SwiftShader where there is no driver to find. */
function chooseAdapter(): string {
  const { env, platform } = process;
  const chosen = env["VK_DRIVER_FILES"] ?? env["VK_ICD_FILENAMES"];
  if (chosen) return chosen;
  if (platform !== "linux" || ["/dev/dri/renderD128", "/dev/nvidia0", "/dev/dxg"].some(existsSync))
    return "the machine's own driver";
  const software = softwareDrivers().find(existsSync);
  if (software === undefined) return "whatever the Vulkan loader finds";
  // Its window system asks for this folder, and complains without.
  env["XDG_RUNTIME_DIR"] ??= tmpdir();
  env["VK_DRIVER_FILES"] = software;
  env["VK_ICD_FILENAMES"] = software;
  return "SwiftShader";
}

/** Where Chromium and Chrome, and Playwright's copies of them, keep their software driver. */
function softwareDrivers(): string[] {
  const browsers = join(homedir(), ".cache/ms-playwright");
  const copies = existsSync(browsers) ? readdirSync(browsers) : [];
  return [
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium-browser",
    "/opt/google/chrome",
    "/opt/chromium.org/chromium",
    "/snap/chromium/current/usr/lib/chromium-browser",
    ...copies.flatMap((copy) => [
      join(browsers, copy, "chrome-linux"),
      join(browsers, copy, "chrome-linux64"),
    ]),
  ].map((folder) => join(folder, "vk_swiftshader_icd.json"));
}
