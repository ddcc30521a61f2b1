/** A network as it is drawn up before it is written: nodes in order, and for each tensor its shape and how it is filled. */

export type Attribute = number | readonly number[] | { readonly float: number };

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** `bound`: uniform within ± it, from the seed. `value`: the same everywhere. */
export type Fill = { readonly bound: number } | { readonly value: number };

export interface GraphTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly fill: Fill;
  /** False for the running statistics of a batch normalisation, which nobody counts as parameters. */
  readonly trained: boolean;
}

export interface ConvShape {
  readonly from: number;
  readonly to: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
  readonly bias?: boolean;
}

export interface BatchNormShape {
  readonly channels: number;
  /** Damps the branch of a residual block, so that sums do not grow from block to block. */
  readonly scale?: number;
}

const BATCH_NORM_EPSILON = 1e-5;
/** Keeps the variance of what passes through a layer followed by a ReLU (He et al., 2015), for a uniform distribution. */
const HE_UNIFORM = 6;

/** So that no class of an untrained network wins by much. */
const LOGIT_SPREAD = 1;

/** Each method adds a layer behind `input` and gives the name of its output. */
export class Network {
  readonly nodes: GraphNode[] = [];
  readonly tensors: GraphTensor[] = [];

  add(op: string, inputs: readonly string[], attributes: GraphNode['attributes'] = {}): string {
    const output = `${op.toLowerCase()}_${this.nodes.length}`;
    this.nodes.push({ op, inputs, output, attributes });
    return output;
  }

  conv(input: string, { from, to, kernel, stride = 1, groups = 1, bias = false }: ConvShape): string {
    const fanIn = (from / groups) * kernel * kernel;
    const dims = [to, from / groups, kernel, kernel];
    const weight = this.tensor(dims, { bound: Math.sqrt(HE_UNIFORM / fanIn) });
    const pad = (kernel - 1) / 2;
    return this.add('Conv', bias ? [input, weight, this.tensor([to], { value: 0 })] : [input, weight], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group: groups,
    });
  }

  batchNorm(input: string, { channels, scale = 1 }: BatchNormShape): string {
    const inputs = [
      input,
      this.tensor([channels], { value: scale }),
      this.tensor([channels], { bound: 0.1 }),
      this.tensor([channels], { value: 0 }, false),
      this.tensor([channels], { value: 1 }, false),
    ];
    return this.add('BatchNormalization', inputs, { epsilon: { float: BATCH_NORM_EPSILON } });
  }

  silu(input: string): string {
    return this.add('Mul', [input, this.add('Sigmoid', [input])]);
  }

  /** Average over height and width, then a fully connected layer to `to` logits called `logits`. */
  classifier(input: string, { from, to }: { readonly from: number; readonly to: number }): void {
    const pooled = this.add('Flatten', [this.add('GlobalAveragePool', [input])], { axis: 1 });
    const weight = this.tensor([to, from], { bound: LOGIT_SPREAD / Math.sqrt(from) });
    const inputs = [pooled, weight, this.tensor([to], { value: 0 })];
    this.nodes.push({ op: 'Gemm', inputs, output: 'logits', attributes: { transB: 1 } });
  }

  private tensor(dims: readonly number[], fill: Fill, trained = true): string {
    const name = `w${this.tensors.length}`;
    this.tensors.push({ name, dims, fill, trained });
    return name;
  }
}

export function countParameters(network: Network): number {
  return network.tensors
    .filter((tensor) => tensor.trained)
    .reduce((sum, { dims }) => sum + dims.reduce((size, dim) => size * dim, 1), 0);
}
