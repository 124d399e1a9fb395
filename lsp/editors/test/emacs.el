;;; emacs.el --- Emacs and eglot against edyc lsp  -*- lexical-binding: t; -*-

;; With the set-up that `edyc editor emacs' prints:
;;
;;   emacs --batch -L DIRECTORY-OF-EDY-MODE -l emacs.el -f ert-run-tests-batch-and-exit
;;
;; The tests edit a buffer as a person would, and look at what the editor then shows.

(require 'ert)
(require 'flymake)
(require 'edy-mode)

(setq edy-program (or (getenv "EDYC") "edyc")
      eglot-sync-connect t
      eglot-autoshutdown t
      flymake-no-changes-timeout 0.1
      vc-handled-backends '(Git))

(defmacro edy-test-with-shop (&rest body)
  "Run BODY in the buffer of a copy of the shop, with its server running."
  `(let* ((dir (make-temp-file "edy-emacs" t)))
     (copy-directory (expand-file-name "shop" (getenv "EDY_TEST")) dir t t t)
     (make-directory (expand-file-name ".git" dir))
     (unwind-protect
         (with-current-buffer (find-file-noselect (expand-file-name "shop.edy" dir))
           (should (eq major-mode 'edy-mode))
           (apply #'eglot (eglot--guess-contact))
           (should (eglot-current-server))
           (unwind-protect (progn ,@body)
             (set-buffer-modified-p nil)
             (let ((server (eglot-current-server))) (when server (eglot-shutdown server)))
             (kill-buffer)))
       (delete-directory dir t))))

(defun edy-test-goto (text &optional offset)
  "Go to TEXT and OFFSET characters further."
  (goto-char (point-min))
  (search-forward text)
  (goto-char (+ (match-beginning 0) (or offset 0))))

(defun edy-test-replace (from to)
  (edy-test-goto from)
  (delete-char (length from))
  (insert to))

(defun edy-test-await (test)
  "Wait until TEST gives something, and give it."
  (let ((end (+ (float-time) 10)) (got nil))
    (while (and (not (setq got (funcall test))) (< (float-time) end))
      (accept-process-output nil 0.05))
    got))

(defun edy-test-diagnose ()
  "Have flymake ask for the diagnostics of the buffer as it is now."
  (eglot--signal-textDocument/didChange)
  (flymake-start))

(ert-deftest edy-diagnostics ()
  (edy-test-with-shop
   (edy-test-replace "where amount" "where amout")
   (edy-test-diagnose)
   (let ((found (edy-test-await (lambda () (flymake-diagnostics)))))
     (should (= 1 (length found)))
     (should (string-match-p "no column \"amout\"" (flymake-diagnostic-text (car found))))
     (edy-test-goto "amout")
     (should (= (point) (flymake-diagnostic-beg (car found)))))
   (edy-test-replace "amout" "amount")
   (edy-test-diagnose)
   (should (edy-test-await (lambda () (null (flymake-diagnostics)))))))

(ert-deftest edy-hover ()
  (edy-test-with-shop
   (edy-test-goto "|> window" 4)
   (let* ((answer (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover (eglot--TextDocumentPositionParams)))
          (says (format "%s" (plist-get answer :contents))))
     (should (string-match-p "customer" says))
     (should (string-match-p "decimal(10, 2)" says)))))

(ert-deftest edy-definition-and-references ()
  (edy-test-with-shop
   (edy-test-goto "from large" 6)
   (let* ((found (xref-backend-definitions 'eglot (xref-backend-identifier-at-point 'eglot)))
          (place (xref-item-location (car found))))
     (should (= 1 (length found)))
     (edy-test-goto "stream large")
     (should (= (line-number-at-pos) (xref-location-line place))))
   (edy-test-goto "from large" 6)
   (should (= 3 (length (xref-backend-references 'eglot (xref-backend-identifier-at-point 'eglot)))))))

(ert-deftest edy-completion ()
  (edy-test-with-shop
   (goto-char (point-max))
   (insert "stream more = from per_customer |> where tot")
   (let* ((capf (eglot-completion-at-point))
          (all (all-completions "" (nth 2 capf))))
     (should (seq-find (lambda (item) (string-match-p "\\`total" item)) all)))))

(ert-deftest edy-rename ()
  (edy-test-with-shop
   (edy-test-goto "from large" 6)
   (eglot-rename "big")
   (should-not (save-excursion (goto-char (point-min)) (search-forward "large" nil t)))
   (should (= 3 (how-many "\\_<big\\_>" (point-min) (point-max))))
   (edy-test-diagnose)
   (should (edy-test-await (lambda () (null (flymake-diagnostics)))))))

(ert-deftest edy-format-on-save ()
  (edy-test-with-shop
   (edy-test-replace "from orders\n  |> where amount > 100.0" "from orders |> where   amount>100.0")
   (save-buffer)
   (should (save-excursion (goto-char (point-min)) (search-forward "from orders\n  |> where amount > 100.0\n" nil t)))))

(ert-deftest edy-mode-by-itself ()
  "What the mode does without a server: comments, indentation, colours, an index."
  (with-temp-buffer
    (let ((edy-mode-hook nil)) (edy-mode))
    (insert "stream a =\nfrom b\n|> select x\nschema S {\nx: long // \"not a text\n}\n/* a /* b */ c */\nfn f(x: long) -> long = x\n")
    (indent-region (point-min) (point-max))
    (should (string-prefix-p "stream a =\n  from b\n  |> select x\nschema S {\n  x: long // \"not a text\n}\n" (buffer-string)))
    (font-lock-ensure)
    (let ((face (lambda (text) (edy-test-goto text) (get-text-property (point) 'face))))
      (should (eq 'font-lock-keyword-face (funcall face "stream")))
      (should (eq 'font-lock-function-name-face (funcall face "a =")))
      (should (eq 'font-lock-builtin-face (funcall face "select")))
      (should (eq 'font-lock-type-face (funcall face "long")))
      (should (eq 'font-lock-comment-face (funcall face "not a")))
      (should (eq 'font-lock-comment-face (funcall face "c */")))
      (should (eq 'font-lock-keyword-face (funcall face "fn"))))
    (should (equal '("a" "S" "f") (mapcar #'car (seq-filter (lambda (e) (markerp (cdr e))) (imenu--make-index-alist t)))))))

;;; emacs.el ends here
