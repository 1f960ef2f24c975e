"""Writes a statically quantised copy of an ONNX network: 8-bit weights per channel, uint8 activations, QDQ form.

    python quantize.py --model MODEL.onnx --tensors FOLDER --role pose --out COPY.onnx [--fp32-first 2] [--fp32-last 3] [--weights signed] [--convolutions]

FOLDER holds what the service feeds the network, written by its own worker: `<role>-<number>.json` with name and dims, and
`<role>-<number>.f32` with the values. Nothing here looks at pictures. One line of JSON on stdout says what was done.
"""
import argparse
import glob
import json
import logging
import os
import tempfile

import numpy as np
import onnx
from onnx import helper, numpy_helper, version_converter
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quant_pre_process, quantize_static

WEIGHTED = ('Conv', 'Gemm', 'MatMul')
# Both sides of a channel axis in DequantizeLinear came with this operator set.
LEAST_OPSET = 13


class Tensors(CalibrationDataReader):
    """One recorded input after the other; nothing is kept."""

    def __init__(self, folder, role):
        self.paths = iter(sorted(glob.glob(os.path.join(folder, f'{role}-*.json'))))

    def get_next(self):
        path = next(self.paths, None)
        if path is None:
            return None
        with open(path) as file:
            facts = json.load(file)
        values = np.fromfile(path[:-5] + '.f32', dtype='<f4').reshape(facts['dims'])
        return {facts['name']: values}


def constants(graph):
    return {tensor.name: tensor for tensor in graph.initializer}


def users(graph):
    found = {}
    for node in graph.node:
        for name in node.input:
            found.setdefault(name, []).append(node)
    return found


def attribute(node, name, default=None):
    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), default)


def fold_casts(graph):
    """Weights stored in 16 bits with a Cast behind them -> weights in 32 bits. The quantiser would take what comes out of a Cast for activations."""
    known, folded = constants(graph), []
    for node in graph.node:
        if node.op_type == 'Cast' and node.input[0] in known:
            values = numpy_helper.to_array(known[node.input[0]]).astype(helper.tensor_dtype_to_np_dtype(attribute(node, 'to')))
            graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
            folded.append(node)
    for node in folded:
        graph.node.remove(node)
    return len(folded)


def fold_added_bias(graph):
    """Conv without bias + Add of one constant per channel -> Conv with bias. Otherwise each Add becomes an int8 operator of its own."""
    known, used, dropped = constants(graph), users(graph), []
    produced = {output: node for node in graph.node for output in node.output}
    outputs = {value.name for value in graph.output}
    for add in graph.node:
        if add.op_type != 'Add':
            continue
        for value, constant in ((0, 1), (1, 0)):
            conv, added = produced.get(add.input[value]), known.get(add.input[constant])
            if conv is None or added is None or conv.op_type != 'Conv' or len(conv.input) != 2 or conv.output[0] in outputs:
                continue
            channels = known[conv.input[1]].dims[0] if conv.input[1] in known else None
            if len(used[conv.output[0]]) != 1 or list(added.dims) != [1, channels, 1, 1]:
                continue
            name = add.input[constant] + '_as_bias'
            if name not in known:
                graph.initializer.append(numpy_helper.from_array(numpy_helper.to_array(added).reshape(-1), name))
                known = constants(graph)
            conv.input.append(name)
            conv.output[0] = add.output[0]
            produced[add.output[0]] = conv
            dropped.append(add)
            break
    for node in dropped:
        graph.node.remove(node)
    return len(dropped)


def fold_focus(graph):
    """Space-to-depth (Reshape, Transpose, Reshape) + 3x3 convolution = 6x6 convolution of stride 2: the same sums without moving every pixel.

    The channels of the focus layer are blocks of (column phase, row phase) over the picture's channels.
    """
    known, used = constants(graph), users(graph)
    produced = {output: node for node in graph.node for output in node.output}
    for conv in graph.node:
        if conv.op_type != 'Conv' or conv.input[1] not in known or attribute(conv, 'group', 1) != 1:
            continue
        last = produced.get(conv.input[0])
        middle = produced.get(last.input[0]) if last is not None and last.op_type == 'Reshape' else None
        first = produced.get(middle.input[0]) if middle is not None and middle.op_type == 'Transpose' else None
        if first is None or first.op_type != 'Reshape' or list(attribute(middle, 'perm')) != [0, 5, 3, 1, 2, 4]:
            continue
        weights = numpy_helper.to_array(known[conv.input[1]])
        plain = list(attribute(conv, 'strides', [1, 1])) == [1, 1] and list(attribute(conv, 'dilations', [1, 1])) == [1, 1] and list(attribute(conv, 'pads', [])) == [1, 1, 1, 1]
        if weights.shape[2:] != (3, 3) or not plain or any(len(used[n.output[0]]) != 1 for n in (first, middle, last)):
            continue
        out, channels = weights.shape[0], weights.shape[1] // 4
        wide = np.zeros((out, channels, 6, 6), np.float32)
        for phase in range(4):
            column, row = phase // 2, phase % 2
            wide[:, :, row::2, column::2] = weights[:, phase * channels:(phase + 1) * channels]
        name = conv.input[1] + '_wide'
        graph.initializer.append(numpy_helper.from_array(wide, name))
        conv.input[0], conv.input[1] = first.input[0], name
        for attr in list(conv.attribute):
            if attr.name in ('kernel_shape', 'strides', 'pads', 'auto_pad', 'dilations'):
                conv.attribute.remove(attr)
        conv.attribute.extend([helper.make_attribute('kernel_shape', [6, 6]), helper.make_attribute('strides', [2, 2]), helper.make_attribute('pads', [2, 2, 2, 2])])
        for node in (first, middle, last):
            graph.node.remove(node)
        return True
    return False


def nodes_before_weights(graph):
    """Names of the nodes whose result still reaches a layer with weights, those layers included: what comes after them, such as
    decoding and suppression of boxes, needs the range of floats."""
    produced = {output: node for node in graph.node for output in node.output}
    waiting = [node for node in graph.node if node.op_type in WEIGHTED]
    names = {node.name for node in waiting}
    while waiting:
        for name in waiting.pop().input:
            node = produced.get(name)
            if node is not None and node.name not in names:
                names.add(node.name)
                waiting.append(node)
    return names


def layers_near_ends(graph, first, last):
    """Names of the layers with weights that come among the first or the last so many on some way through the network."""
    used, produced = users(graph), {output: node for node in graph.node for output in node.output}
    weighted = [node for node in graph.node if node.op_type in WEIGHTED]

    def next_layers(node, forward):
        waiting, seen, near = [node], set(), set()
        while waiting:
            current = waiting.pop()
            for other in [n for o in current.output for n in used.get(o, [])] if forward else [produced[i] for i in current.input if i in produced]:
                if other.name in seen:
                    continue
                seen.add(other.name)
                if other.op_type in WEIGHTED:
                    near.add(other.name)
                else:
                    waiting.append(other)
        return near

    def within(steps, forward):
        near = {node.name: next_layers(node, forward) for node in weighted}
        reached, found = set(), {name for name, others in near.items() if not others}
        for _ in range(steps):
            reached |= found
            found = {name for name, others in near.items() if others & found}
        return reached

    return within(first, False) | within(last, True)


def with_what_follows(graph, excluded):
    """Adds nodes that only excluded ones feed, such as the activations between two layers in fp32: otherwise they would be quantised alone."""
    produced = {output: node for node in graph.node for output in node.output}
    excluded = set(excluded)
    for node in graph.node:
        feeding = [produced[name] for name in node.input if name in produced and produced[name].op_type != 'Constant']
        if feeding and node.op_type not in WEIGHTED and all(other.name in excluded for other in feeding):
            excluded.add(node.name)
    return excluded


def prepare(path, folder):
    model = onnx.load(path)
    opset = max(o.version for o in model.opset_import if o.domain in ('', 'ai.onnx'))
    if opset < LEAST_OPSET:
        model = version_converter.convert_version(model, LEAST_OPSET)
    raised, plain = os.path.join(folder, 'raised.onnx'), os.path.join(folder, 'plain.onnx')
    onnx.save(model, raised)
    # onnxruntime's own clean-up: constants folded, normalisations merged into convolutions.
    quant_pre_process(raised, plain, skip_symbolic_shape=True)
    model = onnx.load(plain)
    folded = dict(casts=fold_casts(model.graph), focus=fold_focus(model.graph), biases=fold_added_bias(model.graph))
    read = {name for node in model.graph.node for name in node.input}
    for tensor in [t for t in model.graph.initializer if t.name not in read]:
        model.graph.initializer.remove(tensor)
    for index, node in enumerate(model.graph.node):
        node.name = f'{node.op_type}_{index}'
    del model.graph.value_info[:]
    model = onnx.shape_inference.infer_shapes(model)
    onnx.save(model, plain)
    return plain, model, folded


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--model', required=True)
    parser.add_argument('--tensors', required=True)
    parser.add_argument('--role', required=True, choices=('detector', 'pose'))
    parser.add_argument('--out', required=True)
    parser.add_argument('--fp32-first', type=int, default=0, metavar='N', help='keep the first N layers with weights of each way through the network in fp32')
    parser.add_argument('--fp32-last', type=int, default=0, metavar='N', help='the last N likewise')
    parser.add_argument('--convolutions', action='store_true', help='only convolutions and matrix products in int8: slower, closer to the original')
    parser.add_argument('--weights', choices=('signed', 'seven-bits', 'unsigned'), default='signed',
                        help='7 bits, or unsigned around 128 (slower), for processors whose 16-bit sums of two products saturate')
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        plain, model, folded = prepare(options.model, folder)
        inside = nodes_before_weights(model.graph)
        kept = layers_near_ends(model.graph, options.fp32_first, options.fp32_last)
        excluded = sorted(with_what_follows(model.graph, {node.name for node in model.graph.node if node.name not in inside} | kept))
        quantize_static(plain, options.out, Tensors(options.tensors, options.role), quant_format=QuantFormat.QDQ, per_channel=True,
                        reduce_range=options.weights == 'seven-bits', activation_type=QuantType.QUInt8, nodes_to_exclude=excluded,
                        weight_type=QuantType.QUInt8 if options.weights == 'unsigned' else QuantType.QInt8,
                        op_types_to_quantize=list(WEIGHTED) if options.convolutions else None,
                        # Extremes averaged over the inputs: what is rare is clipped instead of widening every step.
                        extra_options=dict(CalibMovingAverage=True, WeightSymmetric=True))
        weighted = sum(node.op_type in WEIGHTED for node in model.graph.node)
        print(json.dumps(dict(layers=weighted, kept_in_fp32=len(kept), **folded)))


if __name__ == '__main__':
    main()
