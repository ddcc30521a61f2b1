/** EfficientNet-B0 (Tan and Le, 2019), layer by layer as torchvision has it. */

import { Network } from './network.ts';

/** Per stage: factor of the expansion, kernel, stride of the first block, channels out, blocks. */
const STAGES = [
  { expand: 1, kernel: 3, stride: 1, to: 16, blocks: 1 },
  { expand: 6, kernel: 3, stride: 2, to: 24, blocks: 2 },
  { expand: 6, kernel: 5, stride: 2, to: 40, blocks: 2 },
  { expand: 6, kernel: 3, stride: 2, to: 80, blocks: 3 },
  { expand: 6, kernel: 5, stride: 1, to: 112, blocks: 3 },
  { expand: 6, kernel: 5, stride: 2, to: 192, blocks: 4 },
  { expand: 6, kernel: 3, stride: 1, to: 320, blocks: 1 },
] as const;
const STEM_CHANNELS = 32;
const HEAD_CHANNELS = 1280;
/** A SiLU passes on about a third of the variance, a ReLU half; squeeze-and-excitation halves the amplitude. */
const SILU_SCALE = 1.05;
const PROJECTION_SCALE = 1.5;

/** @param input the name of the graph's input. */
export function efficientnetB0(input: string, classes: number): Network {
  const net = new Network();
  let channels: number = STEM_CHANNELS;
  let at = convNormSilu(net, input, { from: 3, to: channels, kernel: 3, stride: 2 });
  for (const { expand, kernel, stride, to, blocks } of STAGES) {
    for (let block = 0; block < blocks; block += 1) {
      at = invertedResidual(net, at, {
        from: channels,
        expand,
        kernel,
        stride: block === 0 ? stride : 1,
        to,
      });
      channels = to;
    }
  }
  at = convNormSilu(net, at, { from: channels, to: HEAD_CHANNELS, kernel: 1 });
  net.classifier(at, { from: HEAD_CHANNELS, to: classes });
  return net;
}

interface Layer {
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
}

interface Block {
  readonly from: number;
  readonly expand: number;
  readonly kernel: number;
  readonly stride: number;
  readonly to: number;
}

function convNormSilu(net: Network, input: string, layer: Layer): string {
  return net.silu(net.batchNorm(net.conv(input, layer), { channels: layer.to, scale: SILU_SCALE }));
}

function invertedResidual(net: Network, input: string, { from, expand, kernel, stride, to }: Block): string {
  const inner = from * expand;
  let at = expand === 1 ? input : convNormSilu(net, input, { from, to: inner, kernel: 1 });
  at = convNormSilu(net, at, { from: inner, to: inner, kernel, stride, groups: inner });
  at = squeezeExcite(net, at, { channels: inner, squeezed: Math.max(1, Math.floor(from / 4)) });
  const residual = stride === 1 && from === to;
  const scale = residual ? PROJECTION_SCALE / 4 : PROJECTION_SCALE;
  at = net.batchNorm(net.conv(at, { from: inner, to, kernel: 1 }), { channels: to, scale });
  return residual ? net.add('Add', [at, input]) : at;
}

function squeezeExcite(
  net: Network,
  input: string,
  { channels, squeezed }: { readonly channels: number; readonly squeezed: number },
): string {
  const pooled = net.add('GlobalAveragePool', [input]);
  const inner = net.silu(net.conv(pooled, { from: channels, to: squeezed, kernel: 1, bias: true }));
  const gate = net.add('Sigmoid', [net.conv(inner, { from: squeezed, to: channels, kernel: 1, bias: true })]);
  return net.add('Mul', [input, gate]);
}
