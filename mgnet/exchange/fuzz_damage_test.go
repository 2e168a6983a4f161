package exchange

// A fuzz target of damage to a checkpoint, which a checksum tells.

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mgtool/internal/readertest"
	"mgtool/mgnet"
	"mgtool/mgnet/runs"
)

// A checkpoint with one byte changed is refused, or has the weights that it had.
func FuzzDamagedCheckpoint(f *testing.F) {
	dir := sampleRun(f, exported(f, sampleModel(), false))
	path := filepath.Join(dir, runs.CheckpointFile)
	whole := contents(f, path)
	want, _, err := runs.Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	for _, at := range []int{0, 7, 8, 100, len(whole) / 2, len(whole) - 41, len(whole) - 1} {
		f.Add(uint(at), byte(1<<6)) // of the last byte of a float32, a bit of its exponent
	}
	f.Fuzz(func(t *testing.T, at uint, flip byte) {
		data := slices.Clone(whole)
		data[at%uint(len(data))] ^= flip
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		var n *mgnet.Network
		err := readertest.Read(t, readertest.Allowance(data), func() (err error) { n, _, err = runs.Open(dir); return err })
		if err == nil && !sameValues(n, want) {
			t.Errorf("byte %d changed by %#x: accepted, with other weights", at%uint(len(data)), flip)
		}
	})
}
