package train

// Changes of the data or the kernels since a run began.

import (
	"fmt"

	"mgtool/mgnet/runs"
)

// What resuming does if the images or the kernels have changed.
const (
	RefuseChanges = "refuse" // other images and other kernels are errors
	SayChanges    = "say"    // both are noted, and the training continues
)

// ResumeOptions say how to resume a training.
type ResumeOptions struct {
	// Changed is RefuseChanges or SayChanges. By default other images are refused, and
	// other kernels noted: they change only the last bits of the training.
	Changed string
}

// Validate reports an option that is not known.
func (o ResumeOptions) Validate() error {
	if o.Changed != "" && o.Changed != RefuseChanges && o.Changed != SayChanges {
		return fmt.Errorf("mgnet: changed %q; known: %s, %s", o.Changed, RefuseChanges, SayChanges)
	}
	return nil
}

// compare compares a run's origin with what is there now, and returns notes for the
// user. Runs of older programs have recorded nothing and are taken as they are.
func (o ResumeOptions) compare(r runs.Run, dir string, now runs.Origin) (notes []string, err error) {
	was := r.Origin
	if was.Data != "" && was.Data != now.Data {
		what := fmt.Sprintf("the images in %s are not those that the run in %s began with (their digest is %.19s…, it was %.19s…)", r.Place(), dir, now.Data, was.Data)
		if o.Changed != SayChanges {
			return nil, fmt.Errorf("mgnet: %s; want the same images; changed %q continues with these", what, SayChanges)
		}
		notes = append(notes, what)
	}
	if was.Kernels != "" && was.Kernels != now.Kernels {
		what := fmt.Sprintf("the run in %s began with the kernels %s; now they are %s, whose results differ in the last bits", dir, was.Kernels, now.Kernels)
		if o.Changed == RefuseChanges {
			return nil, fmt.Errorf("mgnet: %s; want %s", what, was.Kernels)
		}
		notes = append(notes, what)
	}
	return notes, nil
}
