// Package exchange moves weights between this program and PyTorch, as safetensors
// files with the names and layouts of a state_dict. The names come from the model
// ([mgnet.Network.Modules]); a kernel is transposed on the way,
//
//	here (K, K, in, out)   ⟷   there (out, in, K, K),
//
// that of a sequence, (1, K, in, out) here, to (out, in, K).
//
// A file from elsewhere is checked by its header before any memory is allocated.
package exchange

// Weights exchanged with PyTorch: what a state_dict calls them, and their layout.

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"
	"github.com/x448/float16"

	"mgtool/mgnet"
)

// fields are the tensors of a module: what is appended to our name, and to theirs.
var fields = []struct{ ours, torch string }{
	{"", ".weight"}, {".w", ".weight"}, {".b", ".bias"},
	{".weights1", ".weights1"}, {".weights2", ".weights2"}, // complex, as pairs
	{".gamma", ".weight"}, {".beta", ".bias"}, {".bias", ".bias"},
	{".running_mean", ".running_mean"}, {".running_var", ".running_var"},
}

// counter is a tensor that PyTorch lists with a batch norm: a count of batches that
// enters nothing with a fixed momentum.
const counter = ".num_batches_tracked"

// spellings are the names that a file may have a tensor under, its own first.
func spellings(name string) []string {
	for _, pair := range [][2]string{{".downsample.", ".shortcut."}, {"fc.", "linear."}} {
		for i, s := range pair {
			if strings.Contains(name, s) {
				return []string{name, strings.Replace(name, s, pair[1-i], 1)}
			}
		}
	}
	return []string{name}
}

// entry is one tensor of a state_dict, as the safetensors library takes it.
type entry struct {
	name  string
	here  mgnet.Tensor // the values in use; none for a counter
	fixed bool         // given by the configuration
	half  bool         // written as float16
	flat  bool         // a linear map of a picture: here it has the shape (H, W, C, out)
	row   bool         // a kernel of sequences: there it has no height
}

func (e entry) counter() bool { return strings.HasSuffix(e.name, counter) }

func (e entry) DType() safetensors.DType {
	if e.counter() {
		return safetensors.I64
	}
	if e.half {
		return safetensors.F16
	}
	return safetensors.F32
}

// Shape is that in PyTorch: channels out, channels in, then the kernel.
func (e entry) Shape() []uint64 {
	s := make([]uint64, len(e.here.Shape))
	for i, d := range e.here.Shape {
		s[i] = uint64(d)
	}
	if len(s) < 2 {
		return s
	}
	k := len(s) - 2
	if e.flat {
		return []uint64{s[3], s[0] * s[1] * s[2]}
	}
	if e.row {
		return []uint64{s[k+1], s[k], s[1]}
	}
	return append([]uint64{s[k+1], s[k]}, s[:k]...)
}

func (e entry) DataLen() uint64 {
	if e.counter() {
		return 8
	}
	if e.half {
		return uint64(2 * len(e.here.Data))
	}
	return uint64(4 * len(e.here.Data))
}

func (e entry) Data() []byte {
	if e.counter() {
		return make([]byte, 8)
	}
	values := make([]float32, len(e.here.Data))
	reorder(values, e.here.Data, e.here.Shape, false)
	b := make([]byte, 0, e.DataLen())
	for _, v := range values {
		if e.half {
			b = binary.LittleEndian.AppendUint16(b, float16.Fromfloat32(v).Bits())
		} else {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	return b
}

// entries lists the network as a state_dict does. A tensor that the table has no row
// for is an error.
func entries(n *mgnet.Network) ([]entry, error) {
	list, err := named(n, n.Tensors(nil), n.Modules())
	if err != nil {
		return nil, fmt.Errorf("mgnet: model %q: %w", n.Model.Sig().Family, err)
	}
	return list, nil
}

// named gives the tensors of a network their names in PyTorch, row by row of the table.
func named(n *mgnet.Network, all map[string]mgnet.Tensor, rows []mgnet.Module) ([]entry, error) {
	used := map[string]bool{}
	var list []entry
	for _, m := range rows {
		before := len(list)
		for _, f := range fields {
			ours := m.Ours + f.ours
			values, ok := all[ours]
			if !ok {
				continue
			}
			used[ours] = true
			p := n.Param(ours)
			flat := f.ours == ".w" && len(m.Picture) > 0
			if flat {
				values.Shape = append(slices.Clone(m.Picture), values.Shape[1])
			}
			list = append(list, entry{name: m.Torch + f.torch, here: values, fixed: p != nil && p.Fixed && !p.Drawn, flat: flat, row: p != nil && p.Signal})
			if f.ours == ".running_var" {
				list = append(list, entry{name: m.Torch + counter})
			}
		}
		if len(list) == before {
			return nil, fmt.Errorf("it has no %s, which is %s in PyTorch", m.Ours, m.Torch)
		}
	}
	for _, ours := range slices.Sorted(maps.Keys(all)) {
		if !used[ours] {
			return nil, fmt.Errorf("its %s has no name in PyTorch", ours)
		}
	}
	return list, nil
}

// reorder takes the last two axes of src, (kernel…, in, out), to the front: (out, in,
// kernel…); back is the other way. A single axis is as it is. shape is ours.
func reorder(dst, src []float32, shape []int, back bool) {
	if len(shape) < 2 {
		copy(dst, src)
		return
	}
	in, out := shape[len(shape)-2], shape[len(shape)-1]
	kernel := len(src) / (in * out)
	for k := range kernel {
		for i := range in {
			for o := range out {
				ours, theirs := (k*in+i)*out+o, (o*in+i)*kernel+k
				if back {
					dst[ours] = src[theirs]
				} else {
					dst[theirs] = src[ours]
				}
			}
		}
	}
}
