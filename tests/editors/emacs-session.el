;; A person at Emacs, for emacs.test.mjs: the documented configuration is loaded, then this. Says what it found as lines of JSON.

(require 'json)
(require 'cl-lib)

(defvar agent-test-presses nil "Patterns of a question, each with the answer.")
(defvar agent-test-messages nil)

(defun agent-test-say (&rest object) (princ (concat (json-encode object) "\n")))

(defun agent-test-until (what)
  "Go on with what arrives until WHAT returns something."
  (let ((end (+ (float-time) 80)) found)
    (while (and (not (setq found (funcall what))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (or found (error "It never came; messages: %S" agent-test-messages))))

(advice-add 'completing-read :override
            (lambda (prompt &rest _)
              (push prompt agent-test-messages)
              (or (cdr (cl-assoc-if (lambda (pattern) (string-match-p pattern prompt)) agent-test-presses)) "")))
(advice-add 'message :before (lambda (format &rest rest) (when format (push (apply #'format format rest) agent-test-messages))))

(defun agent-test-told (pattern)
  (agent-test-until (lambda () (cl-find-if (lambda (said) (string-match-p pattern said)) agent-test-messages))))

(find-file "notes.txt")
(call-interactively #'eglot)
(agent-test-until (lambda () (and (eglot-current-server) eglot--managed-mode)))
(agent-test-say :server (plist-get (eglot--server-info (eglot-current-server)) :name))

;; A region of a changed buffer, delegated by a code action.
(goto-char (point-min))
(insert "unsaved words\n")
(eglot--signal-textDocument/didChange)
(setq agent-test-presses '(("Pick an action" . "Delegate selection to agent")))
(let ((last-nonmenu-event 'key))
  (eglot--read-execute-code-action (eglot-code-actions (point-min) (point-max)) (eglot-current-server)))
(agent-test-told "ready for review")

;; A command, and its review.
(agent "shout the list")
(agent-test-told "shout the list: ready for review")
(set-buffer-modified-p nil)
(setq agent-test-presses '(("Which task do you want to" . "shout the list")))
(advice-add 'completing-read :around
            (lambda (read prompt choices &rest rest)
              (let ((wanted (apply read prompt choices rest)))
                (or (cl-find-if (lambda (choice) (string-prefix-p wanted (if (consp choice) (car choice) choice))) (unless (string= wanted "") choices)) wanted))))
(agent-review)
(agent-test-say :patch (with-current-buffer (window-buffer) (buffer-string)))
(switch-to-buffer "notes.txt")
(agent-accept)
(agent-test-told "merged as")
(agent-test-say :accepted t)
;; Settings: they are asked for again when eglot says that they changed.
(setq-default eglot-workspace-configuration '(:agentIde (:notifications "loud")))
(eglot-signal-didChangeConfiguration (eglot-current-server))
(agent-test-told "agentIde\\.notifications .* is \"loud\"")
(agent-test-say :configured t)
(let ((kill-buffer-query-functions nil)) (eglot-shutdown (eglot-current-server)))
