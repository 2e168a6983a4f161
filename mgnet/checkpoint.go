package mgnet

// Checkpoints, written whole and read with suspicion.

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/nlpodyssey/safetensors"

	"mgtool/internal/atomicfile"
)

// A checkpoint is one safetensors file: the weights, the running statistics
// ("….running_mean", "….running_var"), what the optimiser and an average of the
// weights keep ("velocity:…", "slow:…" and so on), and in its metadata the run and
// the progress as JSON. One file, renamed into place, cannot fall apart into halves
// of different age.

// progress is where a training stands. All randomness of a training is a
// function of its seed and of these counts, so they are all that a resumed run
// needs besides the tensors. No time of day or duration is in it: the same
// training writes the same bytes.
type progress struct {
	Epoch int `json:"epoch"` // whole epochs done
	Batch int `json:"batch"` // batches of the next one

	// Sums over those batches, for the epoch's row of metrics.
	LossSum float64 `json:"loss_sum"`
	Right   int     `json:"right"`

	// A row for each whole epoch. Checkpoints of older programs have none; then
	// metrics.csv has to tell.
	History []epochResult `json:"history,omitempty"`
}

// The keys of a checkpoint's metadata.
const (
	runKey      = "run"
	progressKey = "progress"
	checksumKey = "checksum" // missing in checkpoints of older programs
)

// noChecksum stands for the checksum in what it is taken of.
var noChecksum = strings.Repeat("0", 2*sha256.Size)

// tensors lists everything a checkpoint holds, by name, as views of the values in
// use: those of the network, and with them others of a training, which may be nil.
func (n *Network) tensors(others map[string]tensorView) map[string]tensorView {
	all := map[string]tensorView{}
	for _, p := range n.params {
		all[p.Name] = tensorView{p.Shape, p.Data}
	}
	for _, b := range n.norms {
		all[b.name+".running_mean"] = tensorView{[]int{b.stats.C}, b.stats.RunningMean}
		all[b.name+".running_var"] = tensorView{[]int{b.stats.C}, b.stats.RunningVar}
	}
	maps.Copy(all, others)
	return all
}

// tensorView is float32 values with a shape, as the safetensors library takes them.
type tensorView struct {
	shape []int
	data  []float32
}

func (t tensorView) DType() safetensors.DType { return safetensors.F32 }
func (t tensorView) DataLen() uint64          { return uint64(4 * len(t.data)) }
func (t tensorView) Shape() []uint64 {
	s := make([]uint64, len(t.shape))
	for i, d := range t.shape {
		s[i] = uint64(d)
	}
	return s
}
func (t tensorView) Data() []byte {
	b := make([]byte, 0, 4*len(t.data))
	for _, v := range t.data {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// errNotFinite is a training that has produced a NaN or an infinity.
var errNotFinite = fmt.Errorf("mgnet: training diverged: a NaN or an infinity; want a smaller learning rate")

// save writes a checkpoint, whole or not at all. Values that are not finite are
// refused, so that the last good file stays.
func (n *Network) save(path string, others map[string]tensorView, p progress, r Run) error {
	return writeCheckpoint(path, n.tensors(others), p, r)
}

// writeCheckpoint is [Network.save] of these tensors.
func writeCheckpoint(path string, all map[string]tensorView, p progress, r Run) error {
	for _, t := range all {
		for _, v := range t.data {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return errNotFinite
			}
		}
	}
	run, err := r.identity()
	if err != nil {
		return fmt.Errorf("mgnet: checkpoint: %w", err)
	}
	state, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("mgnet: checkpoint: %w", err)
	}
	info := map[string]string{runKey: run, progressKey: string(state), checksumKey: noChecksum}
	// The bytes depend on nothing but their content, so they are made twice and never
	// held all at once.
	sum := sha256.New()
	if err := safetensors.SerializeToWriter(all, info, sum); err != nil {
		return fmt.Errorf("mgnet: checkpoint: %w", err)
	}
	info[checksumKey] = hex.EncodeToString(sum.Sum(nil))
	err = atomicfile.Write(path, func(w io.Writer) error {
		return safetensors.SerializeToWriter(all, info, w)
	})
	if err != nil {
		return fmt.Errorf("mgnet: the checkpoint could not be written: %w", err)
	}
	return nil
}

// intact checks a checkpoint's checksum, the SHA-256 of all its bytes with zeros in
// the checksum's place. That of an older program has none, and no other metadata than
// the run and the progress.
func intact(data []byte, metadata map[string]string) bool {
	want, ok := metadata[checksumKey]
	if !ok {
		delete(metadata, runKey)
		delete(metadata, progressKey)
		return len(metadata) == 0
	}
	at := bytes.Index(data, []byte(want))
	if len(want) != len(noChecksum) || at < 0 {
		return false
	}
	sum := sha256.New()
	sum.Write(data[:at])
	io.WriteString(sum, noChecksum)
	sum.Write(data[at+len(want):])
	return hex.EncodeToString(sum.Sum(nil)) == want
}

// load reads a checkpoint into the network and the others, which may be nil. One of
// another model, or a damaged one, is an error that names the first difference, and
// changes nothing. With r, not nil, so is one of a run with other settings: going on
// with it would be neither the one training nor the other.
func (n *Network) load(path string, others map[string]tensorView, r *Run) (progress, error) {
	var p progress
	data, err := n.readCheckpoint(path)
	if err != nil {
		return p, fmt.Errorf("mgnet: checkpoint: %w", err)
	}
	file, err := safetensors.Deserialize(data)
	if err != nil {
		return p, fmt.Errorf("mgnet: %s is not a safetensors checkpoint: %w", path, err)
	}
	_, meta, err := safetensors.ReadMetadata(data)
	if err != nil {
		return p, fmt.Errorf("mgnet: %s is not a safetensors checkpoint: %w", path, err)
	}
	if !intact(data, maps.Clone(meta.Metadata())) {
		return p, fmt.Errorf("mgnet: %s is damaged: its bytes do not match its checksum; want another checkpoint or a backup", path)
	}
	if err := json.Unmarshal([]byte(meta.Metadata()[progressKey]), &p); err != nil {
		return p, fmt.Errorf("mgnet: %s holds no training state: %w", path, err)
	}
	all := n.tensors(others)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	views := make([]safetensors.TensorView, len(names))
	for i, name := range names {
		v, ok := file.Tensor(name)
		if !ok {
			return p, fmt.Errorf("mgnet: %s is a checkpoint of another model: it has no %s", path, name)
		}
		if v.DType() != safetensors.F32 || !slices.Equal(v.Shape(), all[name].Shape()) {
			return p, fmt.Errorf("mgnet: %s is a checkpoint of another model: %s is %v %v; want %v %v", path, name, v.DType(), v.Shape(), safetensors.F32, all[name].Shape())
		}
		views[i] = v
	}
	if others != nil && file.Len() != len(names) {
		return p, fmt.Errorf("mgnet: %s is a checkpoint of another model: it has %d tensors; want %d", path, file.Len(), len(names))
	}
	if r != nil {
		if err := r.wrote(meta.Metadata()[runKey]); err != nil {
			return p, fmt.Errorf("mgnet: %s was written with other settings than %s now has: %w", path, configFile, err)
		}
	}
	for i, name := range names {
		values := views[i].Data()
		for k := range all[name].data {
			all[name].data[k] = math.Float32frombits(binary.LittleEndian.Uint32(values[4*k:]))
		}
	}
	return p, nil
}
