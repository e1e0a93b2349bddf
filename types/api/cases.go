package api

import "time"

// Case is one thing that ends or has broken.
type Case struct {
	ID              string               `json:"id"`
	Kind            string               `json:"kind"`
	Name            string               `json:"name"`
	Says            string               `json:"says"`    // one sentence, in English
	ToDo            string               `json:"to_do"`   // what closes it, in English
	Subject         string               `json:"subject"` // id of the thing
	Environment     string               `json:"environment"`
	RegistrationIDs []string             `json:"registration_ids"` // that it cuts off, the first 50
	Registrations   int                  `json:"registrations"`    // all of them
	EndsAt          time.Time            `json:"ends_at"`          // of what has broken: since when
	LastSafeAt      *time.Time           `json:"last_safe_at"`     // nil: no bank has to be waited for
	Threshold       string               `json:"threshold"`        // the last one it has passed
	Urgent          bool                 `json:"urgent"`
	Owner           string               `json:"owner"`
	Deputies        []string             `json:"deputies"`
	Acknowledgement *CaseAcknowledgement `json:"acknowledgement"` // nil: nobody sees to it
	EscalatedAt     *time.Time           `json:"escalated_at"`
	OpenedAt        time.Time            `json:"opened_at"`
	ClosedAt        *time.Time           `json:"closed_at"` // nil: it is open
	Fact            string               `json:"fact"`      // that closed it
}

// CaseAcknowledgement says that somebody sees to a case.
type CaseAcknowledgement struct {
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// CaseDetail is a case with what happened to it.
type CaseDetail struct {
	Case   Case          `json:"case"`
	Events []CaseHistory `json:"events"`
}

// CaseHistory is something that happened to a case.
type CaseHistory struct {
	What string    `json:"what"`
	At   time.Time `json:"at"`
}

// AcknowledgeCase says that the caller sees to a case until then.
type AcknowledgeCase struct {
	Until  time.Time `json:"until"` // within 60 days
	Reason string    `json:"reason"`
}

// AssignCase says whose a case is, and who stands in.
type AssignCase struct {
	Owner    string   `json:"owner"`
	Deputies []string `json:"deputies"`
}

// ComingAlert is what will be told if nothing happens.
type ComingAlert struct {
	At      time.Time `json:"at"`
	What    string    `json:"what"` // the threshold
	Urgent  bool      `json:"urgent"`
	Kind    string    `json:"kind"`
	Name    string    `json:"name"`
	Subject string    `json:"subject"`
	EndsAt  time.Time `json:"ends_at"`
}

// ComingAlerts are what will be told within some days.
type ComingAlerts struct {
	Items []ComingAlert `json:"items"` // the first first
	More  bool          `json:"more"`  // there is too much to list
}

// AlertChannel is somebody who is told, and how that goes.
type AlertChannel struct {
	Name            string     `json:"name"`
	Kind            string     `json:"kind"` // email, webhook, slack or teams
	EscalationsOnly bool       `json:"escalations_only"`
	LastDeliveryAt  *time.Time `json:"last_delivery_at"` // nil: never
	FailingSince    *time.Time `json:"failing_since"`    // nil: messages arrive
	Failure         string     `json:"failure"`          // code of the last attempt's error
}

// AlertMessage is a message, sent or on its way.
type AlertMessage struct {
	ID        string     `json:"id"`
	Channel   string     `json:"channel"`
	Test      bool       `json:"test"`
	State     string     `json:"state"` // waiting, sent, void or failed
	Attempts  int        `json:"attempts"`
	Failure   string     `json:"failure"`
	CreatedAt time.Time  `json:"created_at"`
	EndedAt   *time.Time `json:"ended_at"` // nil: it waits
}

// CaseEvents are events in their order, for a program that has missed messages.
type CaseEvents struct {
	Items []CaseEvent `json:"items"`
	After int64       `json:"after"` // give it as after for those behind them
}

// CaseEvent is an event as webhooks are sent it: a CloudEvent.
type CaseEvent struct {
	SpecVersion     string        `json:"specversion"`
	ID              string        `json:"id"` // the same in each delivery and in a replay
	Source          string        `json:"source"`
	Type            string        `json:"type"`
	Subject         string        `json:"subject"` // id of the case
	Time            time.Time     `json:"time"`
	DataContentType string        `json:"datacontenttype"`
	Sequence        string        `json:"sequence"` // the extension of CloudEvents: where a replay goes on
	Data            CaseEventData `json:"data"`
}

// CaseEventData is the case as it is now.
type CaseEventData struct {
	Kind            string    `json:"kind"`
	Name            string    `json:"name"`
	Subject         string    `json:"subject"` // id of the thing
	Environment     string    `json:"environment"`
	RegistrationIDs []string  `json:"registration_ids"`
	Registrations   int       `json:"registrations"`
	EndsAt          time.Time `json:"ends_at"`
	Urgent          bool      `json:"urgent"`
	Threshold       string    `json:"threshold"`
	Owner           string    `json:"owner"`
	Open            bool      `json:"open"`
	Fact            string    `json:"fact"`
	URL             string    `json:"url"`
}
