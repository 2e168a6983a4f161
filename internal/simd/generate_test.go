package simd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The committed assembly is what the generator writes, except for the first line, which
// holds the command.
func TestGenerate(t *testing.T) {
	if testing.Short() {
		t.Skip("the generator takes a while to build")
	}
	dir := t.TempDir()
	for _, group := range []string{"gemm", "winograd", "elementwise", "activation", "stencil", "transfer", "nine", "varying", "faces", "bfloat16"} {
		cmd := exec.Command("go", "run", ".", "-kernels", group, "-pkg", "simd",
			"-out", filepath.Join(dir, group+"_amd64.s"), "-stubs", filepath.Join(dir, group+"_amd64.go"))
		cmd.Dir = "_asm"
		if out, err := cmd.CombinedOutput(); err != nil {
			if strings.Contains(string(out), "dial tcp") || strings.Contains(string(out), "lookup ") {
				t.Skipf("the generator's modules cannot be downloaded: %s", out)
			}
			t.Fatalf("%v: %s", err, out)
		}
		for _, name := range []string{group + "_amd64.s", group + "_amd64.go"} {
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, got, _ = bytes.Cut(got, []byte("\n"))
			_, want, _ = bytes.Cut(want, []byte("\n"))
			if !bytes.Equal(got, want) {
				t.Errorf("%s differs from what _asm writes: run go generate", name)
			}
		}
	}
}

// choose finds each implementation by name. For another name the error lists those that
// there are.
func TestChoose(t *testing.T) {
	for _, k := range All() {
		if got, err := choose(k.Name); err != nil || got != k {
			t.Errorf("%s: %v, %v", k.Name, got.Name, err)
		}
	}
	if got, err := choose(""); err != nil || got != All()[0] {
		t.Errorf("no name: %v, %v; want the best", got.Name, err)
	}
	if _, err := choose("neon"); err == nil || !strings.Contains(err.Error(), "neon") || !strings.Contains(err.Error(), "portable") {
		t.Errorf("neon: error %v; want one with that name and those supported", err)
	}
}
