package tool

import (
	"context"
	"image"
	"image/color"
	"math"
	"path/filepath"
	"testing"

	"mgtool/bridge/feature"
	"mgtool/multigrid"
	"mgtool/vision"
)

// Every method ends at the minimiser of quadratic programming with its contact set, and
// multigrid in fewer cycles than relaxation.
func TestObstacle(t *testing.T) {
	o := DefaultObstacle()
	o.N = 16
	report, err := o.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range report.Rows {
		if r.Status != multigrid.Converged || r.Contact != report.Contact || len(r.Off) != r.Cycles+1 || !(r.Off[r.Cycles] < 1e-8) {
			t.Errorf("%s: %v, %d in contact, %.2g off; want %d", r.Method, r.Status, r.Contact, r.Off, report.Contact)
		}
		if i > 1 && r.Cycles >= report.Rows[0].Cycles/2 {
			t.Errorf("%s: %d cycles, relaxation %d", r.Method, r.Cycles, report.Rows[0].Cycles)
		}
	}
	o.N = 64
	if report, err = o.Run(context.Background(), Reporter{}); err != nil || report.Contact != -1 || report.Rows[3].Off != nil {
		t.Errorf("a large grid has a reference: %+v, %v", report, err)
	}
}

// The projected and the sigma form of the Laplacian come to multigrid's solution; of a blur the
// projected form comes nearer to the picture than what it starts from, and than sigma.
func TestExplain(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 30, 30))
	for y := range 30 {
		for x := range 30 {
			v := uint8(128 + 127*math.Sin(float64(x)/3)*math.Cos(float64(y)/4))
			img.Set(x, y, color.RGBA{v, 255 - v, v / 2, 255})
		}
	}
	file := filepath.Join(t.TempDir(), "waves.png")
	if err := vision.WritePNG(file, img); err != nil {
		t.Fatal(err)
	}
	e := DefaultExplain()
	e.File, e.Size, e.Steps = file, 15, 1200
	report, err := e.Run(context.Background(), Reporter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Rows {
		if r.Form == feature.Linear {
			if r.Least >= 0 || r.Residual > 1e-6 {
				t.Errorf("%+v; want u of both signs", r)
			}
		} else if !(r.Off < 1e-6) || r.Least != 0 || r.Zeros == 0 {
			t.Errorf("%+v; want multigrid's solution", r)
		}
	}
	e.Operator, e.Size, e.Steps, e.Blur = "blur", 30, 50, 1
	if report, err = e.Run(context.Background(), Reporter{}); err != nil {
		t.Fatal(err)
	}
	projected, sigma, least := report.Rows[1], report.Rows[2], report.Rows[3]
	if least.Form != FormMinimum || !(least.Violation <= 1e-5) || !(least.Residual < projected.Residual) || least.Least < 0 || !(least.Off < projected.Off) || report.MinimumCycles == 0 || report.Cycles != 0 {
		t.Errorf("%+v in %d cycles, %d of multigrid; want a minimum nearer to the picture than %+v", least, report.MinimumCycles, report.Cycles, projected)
	}
	if !(projected.Off < .6*sigma.Off) {
		t.Errorf("blur: projected off by %g, sigma by %g", projected.Off, sigma.Off)
	}
}
