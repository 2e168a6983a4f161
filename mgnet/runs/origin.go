package runs

// What made a run: the program, its kernels, and the images as they were.

import (
	"mgtool/internal/buildinfo"
	"mgtool/source"
	"mgtool/tensor"
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
	Data    string `json:"data"` // digest of the data; see [source.Digest]
}

// OriginNow is the [Origin] of a training that begins now.
func (r Run) OriginNow(train, test source.Source) (Origin, error) {
	kernels, err := r.kernels()
	if err != nil {
		return Origin{}, err
	}
	data, err := source.Digest(train, test)
	if err != nil {
		return Origin{}, err
	}
	b := buildinfo.Read()
	return Origin{b.Version, b.Commit, b.Modified, kernels, data}, nil
}

func (r Run) kernels() (string, error) {
	kernels, err := tensor.Kernels()
	if r.Recipe.Precision == Bfloat16 && tensor.MultipliesBfloat16() {
		kernels += "+bf16"
	}
	return kernels, err
}

// Place is where the run's images come from: a folder, or the name of a data set.
func (r Run) Place() string {
	if r.DataDir != "" {
		return r.DataDir
	}
	return r.Data
}
