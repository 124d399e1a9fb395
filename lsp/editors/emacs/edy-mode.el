;;; edy-mode.el --- Edit .edy programs  -*- lexical-binding: t; -*-

;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1") (eglot "1.9"))
;; Keywords: languages
;; URL: https://github.com/edynamic/edynamic

;;; Commentary:

;; A major mode for edy, a language for streams of data, on top of the language
;; server `edyc lsp' and eglot, which Emacs brings from version 29 on.
;;
;;   edyc editor emacs > ~/.emacs.d/lisp/edy-mode.el
;;
;; and in the init file:
;;
;;   (add-to-list 'load-path "~/.emacs.d/lisp")
;;   (require 'edy-mode)

;;; Code:

(require 'compile)
(require 'eglot)

(defgroup edy nil "Editing .edy programs." :group 'languages)

(defcustom edy-program "edyc" "The edyc to use." :type 'string)

(defcustom edy-format-on-save t "Whether files are formatted when they are saved." :type 'boolean)

(defvar edy-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 124" table)
    (modify-syntax-entry ?* ". 23bn" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?\" "\"" table)
    (modify-syntax-entry ?' "\"" table)
    (modify-syntax-entry ?` "\"" table)
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?@ "'" table)
    table))

(defconst edy-declarations
  '("schema" "enum" "topic" "source" "sink" "stream" "table" "view" "command" "route" "fn" "pipe" "const" "param"
    "secret" "schedule" "policy" "test"))

(defconst edy-words
  '("and" "or" "not" "in" "is" "between" "like" "matches" "if" "then" "else" "case" "when" "end" "where" "by" "per"
    "over" "on" "try" "fn" "as" "from" "to" "otherwise" "given" "expect" "advance"))

(defconst edy-types
  '("boolean" "int" "long" "float" "double" "decimal" "string" "bytes" "fixed" "uuid" "date" "time" "timestamp"
    "local_timestamp" "duration" "period" "geography" "json" "array" "map"))

(defvar edy-font-lock-keywords
  `((,(concat "^\\s-*\\(export\\s-+\\)?" (regexp-opt edy-declarations 'symbols) "\\s-+\\(\\(?:\\sw\\|\\s_\\)+\\)")
     (2 font-lock-keyword-face) (3 font-lock-function-name-face))
    ("^\\s-*\\(module\\|import\\|export\\|test\\|grant\\|deny\\)\\_>" (1 font-lock-keyword-face))
    ("|>\\s-*\\(\\(?:\\(?:left\\|full\\|semi\\|anti\\|asof\\)\\s-+\\)*\\(?:\\sw\\|\\s_\\)+\\)" (1 font-lock-builtin-face))
    ("@[0-9][-0-9TZ:.+]*\\(?:\\[[^]\n]*\\]\\)?" . font-lock-constant-face)
    ("@[A-Za-z_][A-Za-z0-9_]*" . font-lock-preprocessor-face)
    (,(concat ":\\s-*" (regexp-opt edy-types 'symbols)) (1 font-lock-type-face))
    ("\\_<\\(true\\|false\\|null\\)\\_>" . font-lock-constant-face)
    (,(regexp-opt edy-words 'symbols) . font-lock-keyword-face)))

(defun edy-indent-line ()
  "Indent a line: by two for each bracket that is open, and under a declaration."
  (interactive)
  (let* ((open (save-excursion (back-to-indentation) (nth 0 (syntax-ppss))))
         (column (save-excursion
                   (back-to-indentation)
                   (cond ((looking-at "[]})]") (* 2 (1- open)))
                         ((looking-at "|>\\|from\\_>") (* 2 (1+ open)))
                         (t (* 2 open))))))
    (if (<= (current-column) (current-indentation))
        (indent-line-to column)
      (save-excursion (indent-line-to column)))))

(defun edy--format ()
  "Format the buffer when a server answers for it."
  (when (and edy-format-on-save (eglot-current-server))
    (eglot-format-buffer)))

(defun edy--edyc (command)
  "Save the buffer and run edyc COMMAND on it."
  (save-buffer)
  (compile (format "%s --errors=short %s %s" (shell-quote-argument edy-program) command
                   (shell-quote-argument buffer-file-name))))

(defun edy-run () "Run this program." (interactive) (edy--edyc "run"))
(defun edy-test () "Run the tests of this file." (interactive) (edy--edyc "test"))

(defvar edy-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-c") #'edy-run)
    (define-key map (kbd "C-c C-t") #'edy-test)
    (define-key map (kbd "C-c C-r") #'eglot-rename)
    (define-key map (kbd "C-c C-a") #'eglot-code-actions)
    map))

;;;###autoload
(define-derived-mode edy-mode prog-mode "edy"
  "Major mode for .edy programs."
  (setq-local comment-start "// "
              comment-start-skip "\\(?://+\\|/\\*+\\)\\s-*"
              font-lock-defaults '(edy-font-lock-keywords)
              indent-line-function #'edy-indent-line
              indent-tabs-mode nil
              tab-width 2
              imenu-generic-expression
              `((nil ,(concat "^\\s-*\\(?:export\\s-+\\)?" (regexp-opt edy-declarations t) "\\s-+\\(\\(?:\\sw\\|\\s_\\)+\\)") 2)
                ("test" "^test\\s-+\"\\([^\"\n]*\\)\"" 1)))
  (add-hook 'before-save-hook #'edy--format nil t))

;;;###autoload
(add-to-list 'auto-mode-alist '("\\.edy\\'" . edy-mode))
(add-to-list 'compilation-error-regexp-alist-alist
             '(edyc "^\\([^:\n]+\\.edy\\):\\([0-9]+\\):\\([0-9]+\\): \\(?:E\\|\\(W\\)\\)[0-9]\\{4\\} " 1 2 3 (4)))
(add-to-list 'compilation-error-regexp-alist-alist
             '(edyc-test "^ *\\([^: \n]+\\.edy\\):\\([0-9]+\\): " 1 2))
(add-to-list 'compilation-error-regexp-alist 'edyc-test)
(add-to-list 'compilation-error-regexp-alist 'edyc)
(add-to-list 'eglot-server-programs (cons 'edy-mode (lambda (&rest _) (list edy-program "lsp"))))
(add-hook 'edy-mode-hook #'eglot-ensure)

(provide 'edy-mode)
;;; edy-mode.el ends here
