;;; emacs.el --- Emacs with eglot as a client of redox-lsp  -*- lexical-binding: t -*-
;; What docs/editors.md tells, and what it shows.  Run as: emacs --batch --load emacs.el
;; FILE is the document, COMMAND the server's words, RESULT where the findings go, as JSON.

(require 'eglot)
(require 'json)

(define-derived-mode iron-mode prog-mode "Iron")
(add-to-list 'auto-mode-alist '("\\.iron\\'" . iron-mode))
(add-to-list 'eglot-server-programs
             (cons 'iron-mode (split-string (getenv "COMMAND") "\n")))
(setq eglot-autoshutdown t
      eglot-sync-connect 60
      eglot-connect-timeout 60)

(defun wait-for (what test)
  "Wait until TEST holds; WHAT is what is waited for."
  (let ((rounds 3000))
    (while (not (funcall test))
      (when (= (setq rounds (1- rounds)) 0)
        (error "In vain waited for %s" what))
      (accept-process-output nil 0.02))))

(defun errors-shown ()
  "Return the messages of what flymake shows in this buffer."
  (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))

(let (result)
  (condition-case problem
      (with-current-buffer (find-file-noselect (getenv "FILE"))
        (let ((server (apply #'eglot (eglot--guess-contact))))
          (ignore server))
        (wait-for "the server" #'eglot-current-server)
        (flymake-mode 1)
        (flymake-start)
        (wait-for "a diagnostic" #'errors-shown)
        (push (cons 'diagnostics (vconcat (errors-shown))) result)
        (goto-char (point-max))
        (insert "end function\n")
        (eglot--signal-textDocument/didChange)
        (wait-for "no diagnostic" (lambda () (flymake-start) (null (errors-shown))))
        (let ((answer (jsonrpc-request (eglot-current-server) 'redox/preview
                                       (list :textDocument (eglot--TextDocumentIdentifier)))))
          (push (cons 'mended (plist-get answer :text)) result))
        (eglot-shutdown (eglot-current-server)))
    (error (push (cons 'problem (error-message-string problem)) result)))
  (with-temp-file (getenv "RESULT")
    (insert (json-encode result))))
