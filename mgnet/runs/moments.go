package runs

// The moments by which a run's images are normalised, where they are not those of its
// data: weights from elsewhere were trained with others.

import (
	"fmt"
	"slices"

	"mgtool/vision"
)

// SetMoments normalises the run's images by a mean and a standard deviation for each
// channel, of pixels from 0 to 1: (x − mean)/std. Numbers of another count, that are
// not such of pixels, a mean in [0, 1] and a deviation in (0, 1], are an error.
func (r *Run) SetMoments(mean, std []float32) error {
	channels := r.Model.InChannels
	if r.Folder != nil {
		channels = r.Folder.Channels
	}
	if err := checkMoments(mean, std, channels); err != nil {
		return err
	}
	if r.Folder == nil {
		r.Mean, r.Std = slices.Clone(mean), slices.Clone(std)
		return nil
	}
	set := *r.Folder // which others may hold
	set.Mean, set.Std = slices.Clone(mean), slices.Clone(std)
	r.Folder = &set
	return nil
}

// validateMoments reports moments that cannot normalise images.
func (r Run) validateMoments() error {
	if r.Folder != nil {
		if r.Mean != nil || r.Std != nil {
			return fmt.Errorf("mgnet: mean and std beside those of the folder; want the folder's alone")
		}
		if r.Folder.Mean == nil && r.Folder.Std == nil { // not known yet
			return nil
		}
		return checkMoments(r.Folder.Mean, r.Folder.Std, r.Folder.Channels)
	}
	if r.Mean == nil && r.Std == nil {
		return nil
	}
	return checkMoments(r.Mean, r.Std, r.Model.InChannels)
}

func checkMoments(mean, std []float32, channels int) error {
	if len(mean) != channels || len(std) != channels {
		return fmt.Errorf("mgnet: %d means and %d standard deviations for %d channels; want one of each a channel", len(mean), len(std), channels)
	}
	for c := range channels {
		if m := mean[c]; !(m >= 0 && m <= 1) {
			return fmt.Errorf("mgnet: mean %g of channel %d; want 0 to 1: the mean of bytes, divided by 255", m, c)
		}
		if s := std[c]; !(s > 0 && s <= 1) {
			return fmt.Errorf("mgnet: standard deviation %g of channel %d; want more than 0 and at most 1, as pixels are 0 to 1: one of bytes divided by 255", s, c)
		}
	}
	return nil
}

// normalise gives data sets the run's moments, if it has some.
func (r Run) normalise(sets ...*vision.Dataset) {
	for _, d := range sets {
		if r.Mean != nil {
			d.Mean, d.Std = slices.Clone(r.Mean), slices.Clone(r.Std)
		}
	}
}
