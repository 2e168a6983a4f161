package train

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"mgtool/mgnet"
	"mgtool/vision"
)

// What the filters make of the training images is white: variance 1 less what ε
// takes, and no correlation but with the filter of the other sign.
func TestWhitening(t *testing.T) {
	d, _, err := vision.Load("sample", "")
	if err != nil {
		t.Fatal(err)
	}
	if d, err = d.Limit(200); err != nil {
		t.Fatal(err)
	}
	c := mgnet.FastMgNet(d.Height, d.Width, d.Channels, len(d.Classes), nil, nil)
	n, err := mgnet.New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := whiten(n, vision.Images{Dataset: d}); err != nil {
		t.Fatal(err)
	}
	cov, err := patchCovariance(vision.Images{Dataset: d})
	if err != nil {
		t.Fatal(err)
	}
	filters := mat.NewDense(4, 8, nil)
	for i, v := range n.Whitening().Data {
		filters.Set(i/8, i%8, float64(v))
	}
	var half, out mat.Dense
	half.Mul(filters.T(), cov)
	out.Mul(&half, filters)
	for i := range 4 {
		for j := range 4 {
			got := out.At(i, j)
			switch {
			case i != j && math.Abs(got) > 1e-4:
				t.Errorf("filters %d and %d correlate: %g", i, j, got)
			case i == j && (got > 1 || got < .9): // λ/(λ + ε)
				t.Errorf("filter %d has variance %g", i, got)
			case math.Abs(got+out.At(i, j+4)) > 1e-9:
				t.Errorf("filters %d and %d are not of opposite sign", j, j+4)
			}
		}
	}
}
