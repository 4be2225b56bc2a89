//! What a terminal makes of a picture: width, height and the RGB of its pixels.

fn base64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        other => panic!("no base64 digit {other}"),
    };
    let digits: Vec<u32> = text.bytes().filter(|byte| *byte != b'=').map(digit).collect();
    let bytes = |four: &[u32]| {
        let bits = four.iter().enumerate().fold(0, |bits, (place, digit)| bits | digit << (18 - 6 * place));
        bits.to_be_bytes()[1..four.len()].to_vec()
    };
    digits.chunks(4).flat_map(bytes).collect()
}

/// Width, height and RGB of a picture in kitty's protocol.
pub fn kitty(symbol: &str) -> (usize, usize, Vec<u8>) {
    let mut payload = String::new();
    let mut keys = String::new();
    for command in symbol.split("\x1b_G").skip(1) {
        let (head, data) = command.split_once("\x1b\\").unwrap().0.split_once(';').unwrap();
        keys.push_str(head);
        payload.push_str(data);
    }
    assert!(keys.contains("a=T,U=1,f=32,o=z,"), "{keys}");
    let number =
        |key: &str| -> usize { keys.split(',').find_map(|pair| pair.strip_prefix(key)).unwrap().parse().unwrap() };
    let mut rgba = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(base64(&payload).as_slice()), &mut rgba).unwrap();
    (number("s="), number("v="), rgba.chunks(4).flat_map(|pixel| pixel[..3].to_vec()).collect())
}

pub fn iterm2(symbol: &str) -> (usize, usize, Vec<u8>) {
    let (_, rest) = symbol.split_once("\x1b]1337;File=inline=1;").unwrap();
    let (_, data) = rest.split_once(':').unwrap();
    let png = base64(data.strip_suffix('\x07').unwrap());
    let image = image::load_from_memory(&png).unwrap().to_rgb8();
    (image.width() as usize, image.height() as usize, image.into_raw())
}

/// What a terminal makes of sixels: colours are in percent.
pub fn sixel(symbol: &str) -> (usize, usize, Vec<u8>) {
    let (_, rest) = symbol.split_once("\x1bP").unwrap();
    let (_, body) = rest.strip_suffix("\x1b\\").unwrap().split_once('q').unwrap();
    let mut chars = body.chars().peekable();
    let number = |chars: &mut std::iter::Peekable<std::str::Chars>| {
        let mut value = 0;
        while let Some(digit) = chars.peek().and_then(|char| char.to_digit(10)) {
            value = value * 10 + digit as usize;
            chars.next();
        }
        value
    };
    let (mut palette, mut colour, mut x, mut y) = (vec![[0_u8; 3]; 256], 0, 0, 0);
    let (mut width, mut height, mut pixels) = (0, 0, Vec::new());
    while let Some(char) = chars.next() {
        let mut run = 1;
        let mut sixel = char;
        match char {
            '"' => {
                let values: Vec<usize> = (0..4)
                    .map(|_| {
                        let value = number(&mut chars);
                        chars.next_if_eq(&';');
                        value
                    })
                    .collect();
                (width, height) = (values[2], values[3]);
                pixels = vec![0; width * height * 3];
                continue;
            }
            '#' => {
                colour = number(&mut chars);
                if chars.next_if_eq(&';').is_some() {
                    assert_eq!(number(&mut chars), 2, "RGB");
                    let rgb = [0; 3].map(|_: i32| {
                        chars.next_if_eq(&';');
                        number(&mut chars)
                    });
                    palette[colour] = rgb.map(|percent| ((percent * 255 + 50) / 100) as u8);
                }
                continue;
            }
            '$' => {
                x = 0;
                continue;
            }
            '-' => {
                (x, y) = (0, y + 6);
                continue;
            }
            '!' => {
                run = number(&mut chars);
                sixel = chars.next().unwrap();
            }
            _ => {}
        }
        let bits = sixel as u32 - '?' as u32;
        for _ in 0..run {
            for row in (0..6).filter(|row| bits >> row & 1 == 1) {
                let at = ((y + row) * width + x) * 3;
                pixels[at..at + 3].copy_from_slice(&palette[colour]);
            }
            x += 1;
        }
    }
    (width, height, pixels)
}
