/** Where a model runs, in words: people should never have to guess why it is slow. */
import type { Llama, LlamaModel, LlamaModelOptions } from 'node-llama-cpp';
import type { ComputeInfo } from '../../contract/index.ts';

/** Describes device, offloaded layers and threads; on the CPU, the reason why. */
export async function describeCompute(
  llama: Llama,
  model: LlamaModel,
  threads: number,
  /** `layers`: how many were to go to the GPU. */
  asked: { gpu: 'auto' | false; layers: LlamaModelOptions['gpuLayers'] },
): Promise<ComputeInfo> {
  const totalLayers = model.fileInsights.totalLayers;
  const gpuLayers = model.gpuLayers;
  const base = { gpuLayers, totalLayers, threads };
  if (llama.gpu === false) {
    const reason =
      asked.gpu === false
        ? 'The GPU is switched off in the settings.'
        : 'No usable GPU was found: no CUDA, Vulkan or Metal device answered.';
    return { device: 'cpu', deviceName: null, ...base, gpuLayers: 0, reason };
  }
  const deviceName = (await llama.getGpuDeviceNames())[0] ?? null;
  if (asked.layers === gpuLayers) {
    const reason =
      gpuLayers === 0 ? 'This model is set to run on the CPU.' : `${gpuLayers} of ${totalLayers} layers are set to run on the GPU.`;
    return { device: gpuLayers === 0 ? 'cpu' : llama.gpu, deviceName, ...base, reason };
  }
  if (gpuLayers === 0) {
    return { device: 'cpu', deviceName, ...base, reason: 'The GPU has not enough free memory for even one layer of this model.' };
  }
  const reason =
    gpuLayers >= totalLayers
      ? 'The whole model is on the GPU.'
      : `${gpuLayers} of ${totalLayers} layers fit into the GPU's free memory; the rest runs on the CPU.`;
  return { device: llama.gpu, deviceName, ...base, reason };
}
