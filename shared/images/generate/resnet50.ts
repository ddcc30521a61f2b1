/** ResNet-50 (He et al., 2015), with the stride in the 3 x 3 convolution as torchvision has it. */

import { Network } from './network.ts';

/** Per stage: inner channels, blocks, stride of the first block. */
const STAGES = [
  { inner: 64, blocks: 3, stride: 1 },
  { inner: 128, blocks: 4, stride: 2 },
  { inner: 256, blocks: 6, stride: 2 },
  { inner: 512, blocks: 3, stride: 2 },
] as const;
const EXPANSION = 4;
const BRANCH_SCALE = 0.25;

/** @param input the name of the graph's input. */
export function resnet50(input: string, classes: number): Network {
  const net = new Network();
  let channels = 64;
  let at = convNormRelu(net, input, { from: 3, to: channels, kernel: 7, stride: 2 });
  at = net.add('MaxPool', [at], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  for (const { inner, blocks, stride } of STAGES) {
    for (let block = 0; block < blocks; block += 1) {
      at = bottleneck(net, at, { from: channels, inner, stride: block === 0 ? stride : 1 });
      channels = inner * EXPANSION;
    }
  }
  net.classifier(at, { from: channels, to: classes });
  return net;
}

interface Layer {
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
}

function convNormRelu(net: Network, input: string, layer: Layer): string {
  return net.add('Relu', [net.batchNorm(net.conv(input, layer), { channels: layer.to })]);
}

function bottleneck(
  net: Network,
  input: string,
  { from, inner, stride }: { readonly from: number; readonly inner: number; readonly stride: number },
): string {
  const to = inner * EXPANSION;
  let at = convNormRelu(net, input, { from, to: inner, kernel: 1 });
  at = convNormRelu(net, at, { from: inner, to: inner, kernel: 3, stride });
  at = net.batchNorm(net.conv(at, { from: inner, to, kernel: 1 }), { channels: to, scale: BRANCH_SCALE });
  const shortcut =
    from === to
      ? input
      : net.batchNorm(net.conv(input, { from, to, kernel: 1, stride }), { channels: to, scale: 1 });
  return net.add('Relu', [net.add('Add', [at, shortcut])]);
}
