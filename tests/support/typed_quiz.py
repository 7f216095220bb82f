"""A quiz of a text, a number with hints that cost points, and a choice, in three languages."""

VIETNAMESE = """---
title: Bài thử gõ
preset: practice
pass: 70%
show_after_submit: score, answers, feedback
---

## Tên gọi {#ten accents=ignore}

Lừa đảo qua tin nhắn gọi là gì?

- = smishing
- = lừa đảo qua tin nhắn
- != vishing
  > Đó là qua **cuộc gọi**.

## Độ dài {#so unit="ký tự" hint_cost=25%}

Mật khẩu dài nhất bao nhiêu?

- = 1000
- = 1000 ± 100 {50%}

> **Gợi ý:** Ít hơn 1100.

> **Gợi ý:** Một số **tròn**.

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

> **Hint:** Less than 1100.

> **Hint:** A **round** number.

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

> **Hint:** פחות מ־1100.

> **Hint:** מספר **עגול**.

## בחירה {#chon}

- [x] נכון
- [ ] לא נכון
"""
