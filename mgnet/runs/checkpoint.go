package runs

// Checkpoints, written whole and read with suspicion.

// A checkpoint is one safetensors file: the weights, the running statistics
// ("….running_mean", "….running_var"), what the optimiser and an average of the
// weights keep ("velocity:…", "slow:…" and so on), and in its metadata the run and
// the progress as JSON. One file, renamed into place, cannot fall apart into halves
// of different age.

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
	"mgtool/internal/regularfile"
	"mgtool/internal/strictjson"
	"mgtool/mgnet"
)

// State is where a training stands. All randomness of a training is a
// function of its seed and of these counts, so they are all that a resumed run
// needs besides the tensors. No time of day or duration is in it: the same
// training writes the same bytes.
type State struct {
	Epoch int `json:"epoch"` // whole epochs done
	Batch int `json:"batch"` // batches of the next one

	// Sums over those batches, for the epoch's row of metrics.
	LossSum float64 `json:"loss_sum"`
	Right   int     `json:"right"`
	// Skipped are the decisions without a label, such as pixels with −1.
	Skipped int `json:"skipped,omitempty"`

	// A row for each whole epoch. Checkpoints of older versions have none; then
	// metrics.csv supplies them.
	History []EpochResult `json:"history,omitempty"`
}

// The keys of a checkpoint's metadata.
const (
	runKey      = "run"
	progressKey = "progress"
	checksumKey = "checksum" // missing in checkpoints of older programs
)

// noChecksum stands for the checksum in what it is taken of.
var noChecksum = strings.Repeat("0", 2*sha256.Size)

// stored is a tensor as the safetensors library takes it.
type stored struct{ mgnet.Tensor }

func (t stored) DType() safetensors.DType { return safetensors.F32 }
func (t stored) DataLen() uint64          { return uint64(4 * len(t.Tensor.Data)) }
func (t stored) Shape() []uint64 {
	s := make([]uint64, len(t.Tensor.Shape))
	for i, d := range t.Tensor.Shape {
		s[i] = uint64(d)
	}
	return s
}
func (t stored) Data() []byte {
	b := make([]byte, 0, 4*len(t.Tensor.Data))
	for _, v := range t.Tensor.Data {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// ErrNotFinite reports a training that has produced a NaN or an infinity.
var ErrNotFinite = fmt.Errorf("mgnet: training diverged: a NaN or an infinity; want a smaller learning rate")

// WriteCheckpoint writes a checkpoint of these tensors, whole or not at all. Values that
// are not finite are refused, so that the last good file stays.
func WriteCheckpoint(path string, all map[string]mgnet.Tensor, p State, r Run) error {
	for _, t := range all {
		for _, v := range t.Data {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return ErrNotFinite
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
	views := map[string]stored{}
	for name, t := range all {
		views[name] = stored{t}
	}
	// The bytes depend on nothing but their content, so they are made twice and never
	// held all at once.
	sum := sha256.New()
	if err := safetensors.SerializeToWriter(views, info, sum); err != nil {
		return fmt.Errorf("mgnet: checkpoint: %w", err)
	}
	info[checksumKey] = hex.EncodeToString(sum.Sum(nil))
	err = atomicfile.Write(path, func(w io.Writer) error {
		return safetensors.SerializeToWriter(views, info, w)
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

// LoadCheckpoint reads a checkpoint into the network and the others, which may be nil. One of
// another model, or a damaged one, is an error that names the first difference, and
// changes nothing. With r, not nil, so is one of a run with other settings: going on
// with it would be neither the one training nor the other.
func LoadCheckpoint(n *mgnet.Network, path string, others map[string]mgnet.Tensor, r *Run) (State, error) {
	var p State
	data, err := readCheckpoint(n, path)
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
	all := n.Tensors(others)
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
		if v.DType() != safetensors.F32 || !slices.Equal(v.Shape(), stored{all[name]}.Shape()) {
			return p, fmt.Errorf("mgnet: %s is a checkpoint of another model: %s is %v %v; want %v %v", path, name, v.DType(), v.Shape(), safetensors.F32, all[name].Shape)
		}
		views[i] = v
	}
	if others != nil && file.Len() != len(names) {
		return p, fmt.Errorf("mgnet: %s is a checkpoint of another model: it has %d tensors; want %d", path, file.Len(), len(names))
	}
	if r != nil {
		if err := r.wrote(meta.Metadata()[runKey]); err != nil {
			return p, fmt.Errorf("mgnet: %s was written with other settings than %s now has: %w", path, ConfigFile, err)
		}
	}
	for i, name := range names {
		values := views[i].Data()
		for k := range all[name].Data {
			all[name].Data[k] = math.Float32frombits(binary.LittleEndian.Uint32(values[4*k:]))
		}
	}
	return p, nil
}

// readCheckpoint reads a file that can be a checkpoint of the network: with what
// optimisers and averages keep, it has less than eight times the bytes of the weights.
func readCheckpoint(n *mgnet.Network, path string) ([]byte, error) {
	return regularfile.Read(path, 8*4*int64(n.Weights())+strictjson.Most)
}

// EpochResult is a row of metrics.csv as a checkpoint holds it: without the times, which
// differ from one training to the next.
type EpochResult struct {
	LearningRate  float64  `json:"learning_rate"`
	Loss          float64  `json:"loss"`
	TrainAccuracy *float64 `json:"train_accuracy"` // null for a task without
	TestAccuracy  *float64 `json:"test_accuracy"`
	TestLoss      *float64 `json:"test_loss"` // null is not known, or not finite
}
