package daypass

import (
	"testing"

	"google.golang.org/grpc/codes"
)

// The first pause is short, because another worker answers at once in place of one that
// has ended; those after it double, and the fifth failure is the last.
func TestPausesGrowAfterAShortOne(t *testing.T) {
	spent := &budget{tokens: retryBudget}
	away := &CallError{Code: codes.Unavailable}
	for number, expected := range []float64{0.01, 0.1, 0.2, 0.4} {
		pause, again := pauseAfter(away, number+1, free, spent)
		if !again || pause.Seconds() < 0.79*expected || pause.Seconds() > 1.21*expected {
			t.Errorf("after failure %d: %v, %v", number+1, pause, again)
		}
	}
	if _, again := pauseAfter(away, attemptsMax, free, &budget{tokens: retryBudget}); again {
		t.Error("it is made again after the last attempt")
	}
}
