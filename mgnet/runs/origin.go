package runs

// What made a run: the program, its kernels, and the images as they were.

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"mgtool/internal/buildinfo"
	"mgtool/internal/parallel"
	"mgtool/tensor"
	"mgtool/vision"
)

// Origin records what a training began with: the program and the images. A checkpoint
// need not agree with it; resuming compares it with what is there (see train.ResumeOptions).
type Origin struct {
	Version  string `json:"version"` // of the program; "unknown" where the build did not record it
	Commit   string `json:"commit"`
	Modified bool   `json:"modified,omitempty"` // the program, since that commit
	// Kernels are the inner loops: avx512, avx2 or portable, for training in bfloat16
	// with "+bf16" where the machine multiplies such pairs. Each has last bits of its own.
	Kernels string `json:"kernels"`
	Data    string `json:"data"` // digest of the images; see [Digest]
}

// OriginNow is the [Origin] of a training that begins now.
func (r Run) OriginNow(train, test *vision.Dataset) (Origin, error) {
	kernels, err := r.kernels()
	if err != nil {
		return Origin{}, err
	}
	b := buildinfo.Read()
	return Origin{b.Version, b.Commit, b.Modified, kernels, Digest(train, test)}, nil
}

func (r Run) kernels() (string, error) {
	kernels, err := tensor.Kernels()
	if r.Recipe.Precision == Bfloat16 && tensor.MultipliesBfloat16() {
		kernels += "+bf16"
	}
	return kernels, err
}

// digestBlock is how many bytes are digested at a time.
const digestBlock = 1 << 20

// Digest identifies data sets by their images, labels and classes, in order: "sha256:"
// and the hexadecimal SHA-256 of, for each set, a line that describes it and the SHA-256s of
// its pixels and labels (four bytes each, little-endian) in blocks of 1 MiB, so that all
// cores can share the work.
func Digest(sets ...*vision.Dataset) string {
	all := sha256.New()
	for _, d := range sets {
		for ; d != nil; d = d.Larger {
			fmt.Fprintf(all, "%d×%d×%d %q\n", d.Height, d.Width, d.Channels, d.Classes)
			labels := make([]byte, 0, 4*len(d.Labels))
			for _, l := range d.Labels {
				labels = binary.LittleEndian.AppendUint32(labels, uint32(l))
			}
			for _, bytes := range [][]byte{d.Pixels, labels} {
				sums := make([][sha256.Size]byte, (len(bytes)+digestBlock-1)/digestBlock)
				parallel.Each(len(sums), func(_, i int) {
					sums[i] = sha256.Sum256(bytes[i*digestBlock : min((i+1)*digestBlock, len(bytes))])
				})
				fmt.Fprintf(all, "%d\n", len(bytes))
				for _, s := range sums {
					all.Write(s[:])
				}
			}
		}
	}
	return "sha256:" + hex.EncodeToString(all.Sum(nil))
}

// Place is where the run's images come from: a folder, or the name of a data set.
func (r Run) Place() string {
	if r.DataDir != "" {
		return r.DataDir
	}
	return r.Data
}
