package vision

// This file lists the features of an image, as pictures for people.

import (
	"fmt"
	"math"
)

// NamedFeature is a feature with what a picture of it needs.
type NamedFeature struct {
	Feature
	Name  string // for a file: sobel-x
	Label string // for people: Sobel, x
	// The values that are shown black and white. Signed features have mid-grey at 0.
	Black, White float32
}

// Features lists the lectures' features of an image with values in [0, 1]: the image
// itself; of the image in grey, Sobel's derivatives and their length, the Laplacian, its
// positive part and the mean of that; the image averaged averages times, 1 to 100; and the
// image on the first levels grids, 1 to [Feature.Levels]. Other numbers are an error.
func Features(image Feature, averages, levels int) ([]NamedFeature, error) {
	if averages < 1 || averages > 100 {
		return nil, fmt.Errorf("vision: an image averaged %d times; want 1 to 100", averages)
	}
	if most := image.Levels(); levels < 1 || levels > most {
		return nil, fmt.Errorf("vision: an image of %d x %d pixels on %d grids; want 1 to %d, a single block", image.height, image.width, levels, most)
	}
	grey := image.Grey()
	laplacian := grey.Filter(Laplacian)
	average := "3×3 mean"
	if averages > 1 {
		average += fmt.Sprintf(", %d times", averages)
	}
	list := []NamedFeature{
		{image, "image", fmt.Sprintf("image, %d × %d", image.height, image.width), 0, 1},
		signed(grey.Filter(SobelX), "sobel-x", "Sobel, x"),
		signed(grey.Filter(SobelY), "sobel-y", "Sobel, y"),
		positive(grey.Sobel(), "sobel", "Sobel, length"),
		signed(laplacian, "laplacian", "Laplacian"),
		positive(laplacian.ReLU(), "laplacian-relu", "ReLU(Laplacian)"),
		positive(grey.LaplacianOfGaussian(), "laplacian-of-gaussian", "Laplacian of Gaussian"),
		{image.Average(averages), "mean", average, 0, 1},
	}
	for l := 1; l <= levels; l++ {
		rows, columns := image.Blocks(l)
		list = append(list, NamedFeature{image.PiecewiseConstant(l), fmt.Sprintf("grid-%d", l), fmt.Sprintf("V%d: %d × %d", l, rows, columns), 0, 1})
	}
	return list, nil
}

// signed shows a feature with 0 as mid-grey.
func signed(f Feature, name, label string) NamedFeature {
	lo, hi := f.Range()
	scale := visible(max(-lo, hi))
	return NamedFeature{f, name, label, -scale, scale}
}

// positive shows a feature with 0 as black.
func positive(f Feature, name, label string) NamedFeature {
	_, hi := f.Range()
	return NamedFeature{f, name, label, 0, visible(hi)}
}

// visible is the largest value of a scale, unless there is nothing to see.
func visible(v float32) float32 {
	if v > 0 && !math.IsInf(float64(v), 0) {
		return v
	}
	return 1
}
