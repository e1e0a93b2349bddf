package alerts

// phrases are what messages are made of, by key. %[1]s is the case's name.
var phrases = map[Language]map[string]string{
	English: {
		"kind.certificate":      "a certificate ends",
		"kind.chain":            "an issuing certificate ends",
		"kind.revoked":          "a certificate was revoked",
		"kind.issuer_revoked":   "an issuing certificate was revoked",
		"kind.withdrawn":        "a QTSP lost its status",
		"kind.bank_certificate": "a bank's certificate ends",
		"kind.bank_untrusted":   "a bank's certificate is not trusted",
		"kind.bank_issuer":      "a bank's certificate has another issuer",
		"kind.authorisation":    "an authorisation is no longer listed",
		"kind.role":             "a role is not listed",
		"kind.compromised":      "a certificate is compromised",
		"kind.consent":          "a consent ends",
		"kind.client_secret":    "a client secret ends",
		"kind.agreement":        "an agreement with a bank ends",
		"kind.service_token":    "a service's token ends",
		"kind.vault_login":      "the login to Vault ends",
		"kind.vault_snapshot":   "Vault's newest snapshot is too old",
		"kind.access_review":    "access to be reviewed",
		"kind.bank_silent":      "remind the bank",
		"kind.approval":         "a request expires",
		"kind.emergency":        "review an emergency",
		"kind.former_version":   "services use a former version",
		"kind.custody":          "custody does not answer",
		"kind.audit":            "the audit log cannot be written",
		"kind.job":              "periodic work fails",
		"kind.channel":          "messages do not arrive",
		"certificate":           "%[1]s ends on %[2]s (%[3]s). Registrations that use it: %[4]d.",
		"chain": "In the chain of %[1]s, the certificate of the issuer “%[5]s” ends on %[2]s (%[3]s). " +
			"Registrations concerned: %[4]d.",
		"revoked": "%[1]s was revoked by its issuer on %[2]s (%[3]s). Registrations that use it: %[4]d.",
		"issuer_revoked": "In the chain of %[1]s, the certificate of the issuer “%[5]s” was revoked on %[2]s (%[3]s)." +
			" Registrations concerned: %[4]d.",
		"withdrawn": "The service that issued %[1]s, “%[5]s”, is withdrawn on the EU's trusted lists since %[2]s " +
			"(%[3]s). Registrations concerned: %[4]d.",
		"bank_certificate": "The certificate that %[1]s of %[5]s presents ends on %[2]s (%[3]s). Registrations in " +
			"use there: %[4]d.",
		"bank_untrusted": "The certificate that %[1]s of %[5]s presents since %[2]s is not trusted (%[6]s); issuer: " +
			"“%[7]s”. " +
			"Registrations in use there: %[4]d.",
		"bank_issuer": "The certificate that %[1]s of %[5]s presents since %[2]s was issued by “%[6]s”, and no " +
			"longer by “%[7]s”.",
		"authorisation": "The register no longer lists the authorisation %[5]s, which %[1]s names, as in force: " +
			"since %[2]s (%[3]s). Registrations that use it: %[4]d.",
		"role": "The register does not list what %[1]s claims: %[5]s, as of %[2]s (%[3]s). " +
			"Registrations that use it: %[4]d.",
		"compromised": "%[1]s was declared compromised on %[2]s (%[3]s) and is frozen. Registrations that use it: " +
			"%[4]d.",
		"consent":       "A customer's consent at %[1]s ends on %[2]s (%[3]s).",
		"client_secret": "The client secret in use at %[1]s ends on %[2]s (%[3]s).",
		"agreement":     "The agreement with the bank on which %[1]s rests ends on %[2]s (%[3]s).",
		"service_token": "The last token of the service account %[1]s ends on %[2]s (%[3]s).",
		"vault_login":   "Sealkeeper's login to Vault ends on %[2]s (%[3]s).",
		"vault_snapshot": "There has been no recent snapshot of Vault since %[2]s: keys made after the last one " +
			"would be lost with Vault.",
		"access_review": "Who may do what is to be reviewed by %[2]s (%[3]s).",
		"bank_silent":   "The bank has not answered about the step “%[1]s”; it was to be reminded on %[2]s.",
		"approval":      "A change of %[1]s, requested by %[6]s, waits for a second person until %[2]s (%[3]s).",
		"emergency": "%[5]s and %[6]s changed %[1]s in an emergency, without waiting; somebody else has to review " +
			"it until %[2]s (%[3]s).",
		"emergency.alone": "%[5]s, who is on call, went back to the version before of %[1]s alone; somebody else has " +
			"to review it until %[2]s (%[3]s).",
		"former_version": "Services of %[1]s that still use a former version of the bundle: %[5]s. Version " +
			"%[6]s is in use since %[2]s.",
		"custody": "Custody has not answered since %[2]s (%[5]s).",
		"audit": "The audit log cannot be written since %[2]s (%[5]s): whatever has to be recorded " +
			"is refused.",
		"job":              "The periodic work “%[1]s” has failed since %[2]s (%[5]s).",
		"channel":          "Messages of the %[1]s do not arrive since %[2]s (%[5]s).",
		"todo.certificate": "Order its successor from the QTSP and activate it at each of these banks.",
		"todo.chain":       "Give the certificate a chain with the issuer's new certificate.",
		"todo.revoked": "Activate another certificate at each of these banks; ask the QTSP " +
			"why it was revoked.",
		"todo.issuer_revoked": "Activate a certificate of another issuer at each of these banks.",
		"todo.compromised": "Have it revoked, tell the banks, replace it everywhere and retire it, as its " +
			"incident says.",
		"todo.withdrawn":        "Ask the QTSP what becomes of its certificates, and prepare one of another QTSP.",
		"todo.bank_certificate": "Ask the bank when it replaces the certificate.",
		"todo.bank_untrusted": "Ask the bank by another way whether the change is its own. If it is, prepare a " +
			"version that trusts " +
			"the issuer, from the institution's page.",
		"todo.bank_issuer": "Ask the bank by another way whether the change is its own, then confirm it on " +
			"the institution's page.",
		"todo.authorisation": "Ask compliance and the authority at once: without an authorisation, banks refuse the " +
			"certificate.",
		"todo.role": "Have the authority correct its register, or order certificates without " +
			"these roles.",
		"todo.consent": "Ask the customer to consent again.",
		"todo.client_secret": "Make a new client secret on the bank's portal and take it into use by a campaign " +
			"(Replace client secrets).",
		"todo.agreement":     "Renew the agreement with the bank, and note its new end at the enrolment.",
		"todo.service_token": "Make a new token for the account and give it to the service.",
		"todo.vault_login":   "Run `sealkeeper vault secret-id` on the server.",
		"todo.vault_snapshot": "See why no snapshot was taken, and take one; `sealkeeper doctor` says how old the " +
			"last one is.",
		"todo.access_review":         "Start a review on the page Access reviews, below People, and close it.",
		"todo.bank_silent":           "Remind the bank, and record its answer.",
		"todo.emergency":             "Look at what was done, at the request for approval, and record what you found.",
		"todo.approval":              "Approve or reject the request.",
		"todo.former_version":        "Restart these services, or find out why they do not follow.",
		"todo.custody":               "Run `sealkeeper vault doctor`, and see what /readyz says.",
		"todo.audit":                 "See whether the database can be written.",
		"todo.job":                   "The service's log says why.",
		"todo.channel":               "Correct the channel's configuration, or find out why the receiver refuses.",
		"untrusted.other_name":       "it is for other names",
		"untrusted.name_not_pinned":  "it is for none of the names in the bank's profile",
		"untrusted.ended":            "it has ended",
		"untrusted.not_yet":          "it is not valid yet",
		"untrusted.chain_incomplete": "it is sent without its issuer's certificate",
		"untrusted.unknown_issuer":   "its issuer is not among those that are trusted",
		"untrusted.unverified":       "it cannot be verified",
		"what.opened":                "new",
		"what.halfway":               "half of the time to act is over",
		"what.last_safe_day":         "from now on the slowest bank may be too slow",
		"what.seven_days":            "seven days left",
		"what.one_day":               "one day left",
		"what.ended":                 "it has ended",
		"what.still_so":              "still so",
		"what.escalated":             "escalated: nobody has acknowledged it",
		"what.closed":                "closed",
		"what.reminder":              "its acknowledgement is over",
		"fact.replaced":              "its successor is in use everywhere",
		"fact.unused":                "nothing uses it any more",
		"fact.retired":               "it was retired",
		"fact.renewed":               "its end is a later one now",
		"fact.settled":               "it is settled",
		"fact.works":                 "it works again",
		"fact.gone":                  "there is no such thing any more",
		"safe":                       "Last safe day for the slowest bank: %s.",
		"owner":                      "Owner: %s.",
		"deputies":                   "Deputies: %s.",
		"day":                        "in 1 day",
		"days":                       "in %d days",
		"today":                      "today",
		"ago":                        "1 day ago",
		"agos":                       "%d days ago",
		"subject":                    "Sealkeeper: open cases: %d",
		"subject_urgent":             "Sealkeeper: URGENT: %d of %d cases",
		"subject_escalated":          "Sealkeeper: ESCALATED: cases nobody has acknowledged: %d",
		"subject_test":               "Sealkeeper: test message",
		"test":                       "This is a test. Messages of the channel “%s” arrive.",
		"urgent":                     "URGENT",
		"left":                       "Other open cases: %d.",
		"more":                       "Others for which the same is to be done: %d.",
	},
	French: {
		"kind.certificate":      "échéance d'un certificat",
		"kind.chain":            "échéance d'un certificat d'émetteur",
		"kind.revoked":          "certificat révoqué",
		"kind.issuer_revoked":   "certificat d'émetteur révoqué",
		"kind.withdrawn":        "statut retiré à un QTSP",
		"kind.bank_certificate": "échéance d'un certificat de la banque",
		"kind.bank_untrusted":   "certificat de la banque sans confiance",
		"kind.bank_issuer":      "certificat de la banque d'un autre émetteur",
		"kind.authorisation":    "agrément absent du registre",
		"kind.role":             "rôle absent du registre",
		"kind.compromised":      "certificat compromis",
		"kind.consent":          "fin d'un consentement",
		"kind.client_secret":    "échéance d'un secret client",
		"kind.agreement":        "échéance d'un contrat avec une banque",
		"kind.service_token":    "échéance d'un jeton de service",
		"kind.vault_login":      "fin de l'accès à Vault",
		"kind.vault_snapshot":   "dernier instantané de Vault trop ancien",
		"kind.access_review":    "revue des accès à faire",
		"kind.bank_silent":      "relancer la banque",
		"kind.approval":         "expiration d'une demande",
		"kind.emergency":        "revue d'une urgence",
		"kind.former_version":   "services restés sur une ancienne version",
		"kind.custody":          "coffre sans réponse",
		"kind.audit":            "journal d'audit non inscriptible",
		"kind.job":              "tâche périodique en échec",
		"kind.channel":          "messages non remis",
		"certificate":           "%[1]s expire le %[2]s (%[3]s). Enregistrements qui l'utilisent : %[4]d.",
		"chain": "Dans la chaîne de %[1]s, le certificat de l'émetteur « %[5]s » expire le %[2]s " +
			"(%[3]s). Enregistrements concernés : %[4]d.",
		"revoked": "%[1]s a été révoqué par son émetteur le %[2]s (%[3]s). Enregistrements qui l'utilisent : %[4]d.",
		"issuer_revoked": "Dans la chaîne de %[1]s, le certificat de l'émetteur « %[5]s » a été révoqué le %[2]s " +
			"(%[3]s). Enregistrements concernés : %[4]d.",
		"compromised": "%[1]s a été déclaré compromis le %[2]s (%[3]s) et il est gelé. Enregistrements qui " +
			"l'utilisent : " +
			"%[4]d.",
		"withdrawn": "Le service qui a émis %[1]s, « %[5]s », a le statut « retiré » sur les listes de confiance de " +
			"l'UE depuis le %[2]s (%[3]s). Enregistrements concernés : %[4]d.",
		"bank_certificate": "Le certificat que présente %[1]s (%[5]s) expire le %[2]s (%[3]s). " +
			"Enregistrements utilisés " +
			"auprès de cette banque : %[4]d.",
		"bank_untrusted": "Le certificat que présente %[1]s (%[5]s) depuis le %[2]s n'inspire pas confiance (%[6]s) " +
			"; émetteur : " +
			"« %[7]s ». Enregistrements utilisés auprès de cette banque : %[4]d.",
		"bank_issuer": "Le certificat que présente %[1]s (%[5]s) depuis le %[2]s a été émis par « %[6]s », et " +
			"non plus par " +
			"« %[7]s ».",
		"authorisation": "Le registre n'indique plus comme valide l'agrément %[5]s, que %[1]s mentionne : " +
			"depuis le %[2]s " +
			"(%[3]s). Enregistrements qui l'utilisent : %[4]d.",
		"role": "Le registre ne mentionne pas ce que %[1]s déclare : %[5]s, au %[2]s (%[3]s). Enregistrements qui " +
			"l'utilisent : %[4]d.",
		"consent":       "Un consentement de client auprès de %[1]s prend fin le %[2]s (%[3]s).",
		"client_secret": "Le secret client utilisé pour %[1]s expire le %[2]s (%[3]s).",
		"agreement":     "Le contrat avec la banque sur lequel repose %[1]s prend fin le %[2]s (%[3]s).",
		"service_token": "Le dernier jeton du compte de service %[1]s expire le %[2]s (%[3]s).",
		"access_review": "Les droits d'accès sont à passer en revue d'ici le %[2]s (%[3]s).",
		"vault_login":   "L'accès de Sealkeeper à Vault expire le %[2]s (%[3]s).",
		"vault_snapshot": "Il n'y a plus d'instantané récent de Vault depuis le %[2]s : les clés créées après le " +
			"dernier seraient perdues avec Vault.",
		"bank_silent": "La banque n'a pas répondu au sujet de l'étape « %[1]s » ; la relance était " +
			"prévue le %[2]s.",
		"approval": "Une modification de %[1]s, demandée par %[6]s, attend une deuxième personne jusqu'au " +
			"%[2]s (%[3]s).",
		"emergency": "%[5]s et %[6]s ont modifié %[1]s en urgence, sans attendre ; une autre personne doit en faire " +
			"la revue avant le %[2]s (%[3]s).",
		"emergency.alone": "Retour à la version précédente de %[1]s par %[5]s, d'astreinte, sans deuxième personne ; " +
			"une autre personne doit en faire la revue avant le %[2]s (%[3]s).",
		"former_version": "Services de %[1]s qui utilisent encore une ancienne version du lot : %[5]s. La " +
			"version %[6]s est active depuis le %[2]s.",
		"custody": "Le coffre ne répond plus depuis le %[2]s (%[5]s).",
		"audit": "Le journal d'audit ne peut plus être écrit depuis le %[2]s (%[5]s) : tout ce qui " +
			"doit y figurer est refusé.",
		"job":                 "La tâche périodique « %[1]s » échoue depuis le %[2]s (%[5]s).",
		"channel":             "Les messages de « %[1]s » n'arrivent plus depuis le %[2]s (%[5]s).",
		"todo.certificate":    "Commandez son successeur auprès du QTSP et activez-le dans chacune de ces banques.",
		"todo.chain":          "Donnez au certificat une chaîne avec le nouveau certificat de l'émetteur.",
		"todo.revoked":        "Activez un autre certificat dans chacune de ces banques ; demandez au QTSP pourquoi.",
		"todo.issuer_revoked": "Activez un certificat d'un autre émetteur dans chacune de ces banques.",
		"todo.withdrawn": "Demandez au QTSP ce que deviennent ses certificats, et préparez celui d'un " +
			"autre QTSP.",
		"todo.bank_certificate": "Demandez à la banque quand elle remplacera ce certificat.",
		"todo.bank_untrusted": "Demandez à la banque, par un autre moyen, si ce changement vient d'elle. Si oui, " +
			"préparez depuis la " +
			"page de l'établissement une version qui fait confiance à l'émetteur.",
		"todo.bank_issuer": "Demandez à la banque, par un autre moyen, si ce changement vient d'elle, puis " +
			"confirmez-le sur la page " +
			"de l'établissement.",
		"todo.authorisation": "Contactez sans attendre la conformité et l'autorité : sans agrément, les " +
			"banques refusent " +
			"le certificat.",
		"todo.role": "Faites corriger le registre par l'autorité, ou commandez des certificats sans " +
			"ces rôles.",
		"todo.compromised": "Faites-le révoquer, prévenez les banques, remplacez-le partout et retirez-le, " +
			"comme le dit " +
			"son incident.",
		"todo.consent": "Demandez au client de consentir à nouveau.",
		"todo.client_secret": "Créez un nouveau secret client sur le portail de la banque et mettez-le en service " +
			"par une campagne (« Remplacer des secrets client »).",
		"todo.agreement":     "Renouvelez le contrat avec la banque et notez sa nouvelle échéance dans l'inscription.",
		"todo.service_token": "Créez un nouveau jeton pour ce compte et remettez-le au service.",
		"todo.access_review": "Commencez une revue sur la page « Revues des accès », sous « Personnes », et " +
			"clôturez-la.",
		"todo.vault_login": "Exécutez `sealkeeper vault secret-id` sur le serveur.",
		"todo.vault_snapshot": "Cherchez pourquoi aucun instantané n'a été pris, et prenez-en un ; `sealkeeper " +
			"doctor` donne l'âge du dernier.",
		"todo.bank_silent":    "Relancez la banque et notez sa réponse.",
		"todo.emergency":      "Examinez ce qui a été fait, dans la demande d'approbation, et consignez votre constat.",
		"todo.approval":       "Approuvez ou rejetez la demande.",
		"todo.former_version": "Redémarrez ces services, ou cherchez pourquoi ils ne suivent pas.",
		"todo.custody":        "Exécutez `sealkeeper vault doctor` et consultez /readyz.",
		"todo.audit":          "Vérifiez que la base de données accepte les écritures.",
		"todo.job":            "Le journal technique du service en donne la raison.",
		"todo.channel": "Corrigez la configuration du canal, ou cherchez pourquoi le " +
			"destinataire refuse.",
		"untrusted.other_name":       "il porte d'autres noms",
		"untrusted.name_not_pinned":  "il ne porte aucun des noms du profil de la banque",
		"untrusted.ended":            "il a expiré",
		"untrusted.not_yet":          "il n'est pas encore valable",
		"untrusted.chain_incomplete": "il est envoyé sans le certificat de son émetteur",
		"untrusted.unknown_issuer":   "son émetteur n'est pas de ceux auxquels on fait confiance",
		"untrusted.unverified":       "il ne peut pas être vérifié",
		"what.opened":                "nouveau",
		"what.halfway":               "la moitié du temps pour agir est écoulée",
		"what.last_safe_day":         "la banque la plus lente risque désormais de ne plus suivre",
		"what.seven_days":            "plus que sept jours",
		"what.one_day":               "plus qu'un jour",
		"what.ended":                 "arrivé à échéance",
		"what.still_so":              "toujours le cas",
		"what.escalated":             "escalade : personne ne l'a pris en charge",
		"what.closed":                "clos",
		"what.reminder":              "la prise en charge a pris fin",
		"fact.replaced":              "son successeur est utilisé partout",
		"fact.unused":                "plus rien ne l'utilise",
		"fact.retired":               "il a été retiré",
		"fact.renewed":               "son échéance a été repoussée",
		"fact.settled":               "c'est réglé",
		"fact.works":                 "cela fonctionne à nouveau",
		"fact.gone":                  "l'objet n'existe plus",
		"safe":                       "Dernier jour sûr pour la banque la plus lente : %s.",
		"owner":                      "Responsable : %s.",
		"deputies":                   "Suppléants : %s.",
		"day":                        "dans 1 jour",
		"days":                       "dans %d jours",
		"today":                      "aujourd'hui",
		"ago":                        "il y a 1 jour",
		"agos":                       "il y a %d jours",
		"subject":                    "Sealkeeper : dossiers ouverts : %d",
		"subject_urgent":             "Sealkeeper : URGENT : %d sur %d",
		"subject_escalated":          "Sealkeeper : ESCALADE : dossiers que personne n'a pris en charge : %d",
		"subject_test":               "Sealkeeper : message d'essai",
		"test":                       "Ceci est un essai. Les messages du canal « %s » arrivent.",
		"urgent":                     "URGENT",
		"left":                       "Autres dossiers ouverts : %d.",
		"more":                       "Autres dossiers avec la même chose à faire : %d.",
	},
}
