package starter

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"mgtool/mgnet/evaluate"
	"mgtool/vision"
)

// cardAccuracy is that of README.md, in half precision.
const cardAccuracy = .9241

// The model is there, of the size and the classes that its card states.
func TestModel(t *testing.T) {
	n, r, err := Model()
	if err != nil {
		t.Fatal(err)
	}
	about, err := r.Describe()
	if err != nil {
		t.Fatal(err)
	}
	if n.Parameters() != 509928 || len(weights) > 1100000 || about.Classes[3] != "cat" {
		t.Errorf("%d parameters in %d bytes, class 3 is %s", n.Parameters(), len(weights), about.Classes[3])
	}
}

// The card's accuracy, of all test images.
func TestAccuracy(t *testing.T) {
	root := os.Getenv("MGTOOL_DATA_DIR")
	if root == "" {
		t.Skip("needs CIFAR-10: MGTOOL_DATA_DIR is not set")
	}
	_, test, err := vision.Load("cifar10", filepath.Join(root, "cifar10"))
	if err != nil {
		t.Fatal(err)
	}
	n, _, err := Model()
	if err != nil {
		t.Fatal(err)
	}
	accuracy, err := evaluate.Accuracy(n, test)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(accuracy-cardAccuracy) > 2e-4 { // two images: sums round differently elsewhere
		t.Errorf("accuracy %.4f, the card says %.4f", accuracy, cardAccuracy)
	}
}
