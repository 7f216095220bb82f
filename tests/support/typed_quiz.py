"""A quiz of a text, a number and a choice, in three languages."""

VIETNAMESE = """---
title: Bài thử gõ
preset: test
pass: 70%
show_after_submit: score, answers, feedback
---

## Tên gọi {#ten accents=ignore}

Lừa đảo qua tin nhắn gọi là gì?

- = smishing
- = lừa đảo qua tin nhắn
- != vishing
  > Đó là qua **cuộc gọi**.

## Độ dài {#so unit="ký tự"}

Mật khẩu dài nhất bao nhiêu?

- = 1000
- = 1000 ± 100 {50%}

## Chọn {#chon}

- [x] Đúng
- [ ] Sai
"""

ENGLISH = """---
title: A typed quiz
---

## Name {#ten}

What is phishing by text message called?

- = smishing
- = phishing by SMS
- != vishing
  > That is by **call**.

## Length {#so unit="characters"}

How long may a password be?

- = 1000
- = 1000 ± 100 {50%}

## Choose {#chon}

- [x] True
- [ ] False
"""

HEBREW = """---
title: חידון להקלדה
---

## שם {#ten}

איך קוראים לדיוג בהודעת טקסט?

- = סמישינג
- = smishing

## אורך {#so unit="תווים"}

מה אורך הסיסמה המרבי?

- = 1000

## בחירה {#chon}

- [x] נכון
- [ ] לא נכון
"""
