use arbitrary::Unstructured;

/// From which a structured target takes its choices, front to back. After the end everything is zero, so that every input
/// says something and a seed can be written by hand.
pub(crate) struct Input<'a>(Unstructured<'a>);

impl<'a> Input<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        self.0.fill_buffer(&mut array).expect("octets after the end are zero");
        array
    }

    pub(crate) fn octet(&mut self) -> u8 {
        let [octet] = self.array();
        octet
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.octet() & 1 == 1
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let number = if bound <= 256 { u32::from(self.octet()) } else { u32::from_be_bytes(self.array()) };
        usize::try_from(number).expect("32 bits") % bound
    }

    /// Any number of 64 bits; those that are small or near a power of two come up often.
    pub(crate) fn number(&mut self) -> u64 {
        match self.octet() % 4 {
            0 => self.octet().into(),
            1 => u16::from_be_bytes(self.array()).into(),
            2 => {
                let [shift, delta] = self.array();
                let power = 1_u64.checked_shl(u32::from(shift) % 65).unwrap_or(0);
                power.wrapping_add_signed(i64::from(delta.cast_signed()))
            }
            _ => u64::from_be_bytes(self.array()),
        }
    }

    /// So many octets, or those that are left.
    pub(crate) fn take(&mut self, octets: usize) -> &'a [u8] {
        self.0.bytes(octets.min(self.0.len())).expect("no more than there are")
    }

    /// Octets after their number in one octet.
    pub(crate) fn short(&mut self) -> &'a [u8] {
        let octets = self.octet().into();
        self.take(octets)
    }

    /// Octets after their number in two octets.
    pub(crate) fn long(&mut self) -> &'a [u8] {
        let octets = u16::from_be_bytes(self.array()).into();
        self.take(octets)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.0.take_rest()
    }
}
